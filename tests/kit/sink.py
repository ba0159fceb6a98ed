"""An SMTP server that answers as it is told and keeps what it gets.

It is written on a plain socket, apart from every SMTP library, so that a test
sees exactly the bytes that our relay sent.
"""

import dataclasses
import socket
import ssl
import threading

from kit.waiting import until


@dataclasses.dataclass
class Received:
    """One message: its envelope and its content, dots unstuffed."""

    sender: str
    recipients: list
    content: bytes
    raw: bytes  # As it came over the wire, with stuffing, without the end.


class Sink:
    """Listens until closed. `replies` maps a verb (or "RCPT <address>",
    "banner", "end") to a reply that is given instead of the usual one. With a
    `certificate` (a file) it offers STARTTLS; `names` has what clients asked for
    by SNI."""

    def __init__(self, port=0, host="127.0.0.1", replies=None, certificate=None):
        self.replies = dict(replies or {})
        self.names = []
        self._tls = self._tls_with(certificate) if certificate else None
        self.messages = []
        self.commands = []
        self.sessions = 0
        self._lock = threading.Lock()
        self._open = set()
        self._server = socket.create_server((host, port))
        self.host, self.port = self._server.getsockname()[:2]
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Closes the listener and every session."""
        self._closed = True
        try:
            self._server.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._server.close()
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def wait_for(self, count=1, timeout=20.0):
        """Waits for `count` messages and returns all of them."""
        until(
            lambda: len(self.messages) >= count,
            timeout,
            f"{count} message(s) at the sink; there are {len(self.messages)}",
        )
        return list(self.messages)

    def _tls_with(self, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.sni_callback = lambda _, name, __: self.names.append(name)
        return context

    def _accept(self):
        while not self._closed:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
                self.sessions += 1
            threading.Thread(
                target=self._serve, args=(connection,), daemon=True
            ).start()

    def _serve(self, connection):
        try:
            with connection, connection.makefile("rb") as lines:
                self._session(connection, lines)
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(connection)

    def _say(self, connection, key, usual):
        reply = self.replies.get(key, usual)
        if reply is not None:
            connection.sendall(reply.encode() + b"\r\n")
        return reply or ""

    def _session(self, connection, lines):
        self._say(connection, "banner", "220 sink.test ESMTP")
        if not self._talk(connection, lines, self._tls is not None):
            return
        # It ends with the connection: the socket is not wrapped's to close.
        with self._tls.wrap_socket(
            connection.dup(), server_side=True
        ) as secured, secured.makefile("rb") as lines:
            self._talk(secured, lines, offers_tls=False)

    def _talk(self, connection, lines, offers_tls):
        """Goes on until the client leaves; true: it wants to begin TLS."""
        sender, recipients = None, []
        while line := lines.readline():
            text = line.rstrip(b"\r\n").decode("latin-1")
            self.commands.append(text)
            verb = text.split(" ")[0].upper()
            if verb == "EHLO":
                self._say(
                    connection,
                    "EHLO",
                    "250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
                    + ("250-STARTTLS\r\n" if offers_tls else "")
                    + "250-ENHANCEDSTATUSCODES\r\n250 SIZE 104857600",
                )
            elif verb == "STARTTLS" and offers_tls:
                self._say(connection, "STARTTLS", "220 2.0.0 go ahead")
                return True
            elif verb == "MAIL":
                sender, recipients = _address(text), []
                if not self._say(connection, "MAIL", "250 2.1.0 ok").startswith("2"):
                    sender = None
            elif verb == "RCPT" and sender is None:
                self._say(connection, "no sender", "503 5.5.1 MAIL first")
            elif verb == "RCPT":
                key = f"RCPT {_address(text)}"
                usual = self.replies.get("RCPT", "250 2.1.5 ok")
                if self._say(connection, key, usual).startswith("2"):
                    recipients.append(_address(text))
            elif verb == "DATA":
                if not recipients:
                    self._say(connection, "no recipients", "554 5.5.1 no")
                    continue
                if not self._say(connection, "DATA", "354 go").startswith("3"):
                    continue
                self._data(connection, lines, sender, recipients)
            elif verb == "QUIT":
                self._say(connection, "QUIT", "221 2.0.0 bye")
                return False
            else:
                self._say(connection, verb, "250 2.0.0 ok")
        return False

    def _data(self, connection, lines, sender, recipients):
        raw, content = [], []
        while True:
            line = lines.readline()
            if not line:
                return
            if line == b".\r\n":
                break
            raw.append(line)
            content.append(line[1:] if line.startswith(b".") else line)
        message = Received(
            sender, list(recipients), b"".join(content), b"".join(raw)
        )
        reply = self.replies.get("end", "250 2.0.0 kept")
        if reply.startswith("2"):
            self.messages.append(message)
        self._say(connection, "end", "250 2.0.0 kept")


def _address(command):
    start, end = command.find("<"), command.rfind(">")
    return command[start + 1 : end]
