"""Clients that send one message after the other and note each 250."""

import random
import re
import smtplib
import threading
import time

LINE = "a line of the message, again and again\r\n"
SIZES = (200, 4_000, 4_000, 4_000, 150_000)
SENDER = "bob@example.org"


def content(token, size):
    """A message; token_of() finds out whether all of it is there."""
    lines = size // len(LINE)
    head = f"Subject: load\r\nX-Token: {token}\r\nX-Lines: {lines}\r\n\r\n"
    return (head + LINE * lines).encode()


def token_of(message):
    """The token of a message (bytes) that must be whole."""
    token = re.search(rb"^X-Token: (\S+)", message, re.MULTILINE)
    lines = re.search(rb"^X-Lines: (\d+)", message, re.MULTILINE)
    assert token and lines, f"no header: {message[:300]!r}"
    found = message.count(LINE.strip().encode())
    assert found == int(lines[1]), f"{found} of {lines[1]} lines are there"
    return token[1].decode()


def one_local_recipient(_):
    return ["alice@example.org"]


class Load:
    """Runs `sessions` clients against a relay until stop(). `recipients(token)`
    says who gets a message; `promised` has those of every message that was
    answered with 250, by its token."""

    def __init__(self, port, recipients=one_local_recipient, sessions=8, wait=0):
        self.port = port
        self.recipients = recipients
        self.wait = wait  # Seconds between two messages of a client.
        self.promised = {}
        self.replies = set()  # The codes of refusals.
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(n,), daemon=True)
            for n in range(sessions)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number):
        sent = 0
        while not self._stopped.is_set():
            try:
                with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as client:
                    while not self._stopped.is_set():
                        sent += 1
                        self._send(client, f"{number}-{sent}", sent)
                        self._stopped.wait(self.wait * random.random())
            except (OSError, smtplib.SMTPException):
                time.sleep(0.05)  # It was killed; try again.

    def _send(self, client, token, sent):
        recipients = self.recipients(token)
        body = content(token, SIZES[sent % len(SIZES)])
        client.ehlo_or_helo_if_needed()
        code, _ = client.mail(SENDER)
        for recipient in recipients:
            if code == 250:
                code, _ = client.rcpt(recipient)
        if code == 250:
            code, _ = client.data(body)
        with self._lock:
            if code == 250:
                self.promised[token] = recipients
            else:
                self.replies.add(code)
        if code != 250:
            raise smtplib.SMTPException("start again")
