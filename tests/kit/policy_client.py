"""A client of the Postfix policy delegation protocol, on a bare socket."""

import itertools
import os
import socket

_instances = itertools.count(1)


def request(**attributes):
    """The bytes of one request: what Postfix 3.7 sends at RCPT, with
    `attributes` on top; None leaves an attribute out."""
    values = {
        "request": "smtpd_access_policy",
        "protocol_state": "RCPT",
        "protocol_name": "ESMTP",
        "client_address": "192.0.2.10",
        "client_name": "unknown",
        "reverse_client_name": "unknown",
        "helo_name": "client.test",
        "sender": "sender@sender.test",
        "recipient": "recipient@example.org",
        "recipient_count": "0",
        "queue_id": "",
        "instance": f"{os.getpid():x}.{next(_instances):x}.0",
        "size": "0",
        "sasl_method": "",
        "sasl_username": "",
        "sasl_sender": "",
    }
    values.update(attributes)
    lines = [f"{k}={v}\n" for k, v in values.items() if v is not None]
    return ("".join(lines) + "\n").encode("latin-1")


class PolicyClient:
    """A connection that stays open between requests, as Postfix's does."""

    def __init__(self, port=None, host="127.0.0.1", path=None, timeout=10):
        if path:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(str(path))
        else:
            self.socket = socket.create_connection((host, port), timeout)
        self._lines = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._lines.close()
        self.socket.close()

    def send(self, data):
        """What is sent to who has closed already is lost."""
        try:
            self.socket.sendall(data)
        except (ConnectionResetError, BrokenPipeError):
            pass

    def _line(self):
        try:
            return self._lines.readline()
        except ConnectionResetError:
            return b""

    def answer(self):
        """The action of one reply, or None when the connection was closed; who
        closes it with bytes unread resets it."""
        action = None
        while line := self._line():
            text = line.decode("latin-1").rstrip("\n")
            if not text:
                return action
            if text.startswith("action="):
                action = text[len("action=") :]
        return None

    def ask(self, **attributes):
        """Sends one request and returns its action."""
        self.send(request(**attributes))
        return self.answer()
