"""Clients that send one message after the other and note each 250."""

import re
import smtplib
import threading
import time

LINE = "a line of the message, again and again\r\n"
SIZES = (200, 4_000, 4_000, 4_000, 150_000)


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


class Load:
    """Runs `sessions` clients against a relay until stop(); `promised` has the
    token of every message that was answered with 250."""

    def __init__(self, port, recipients, sessions=8):
        self.port = port
        self.recipients = recipients
        self.promised = set()
        self.refused = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(n,))
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
            except (OSError, smtplib.SMTPException):
                time.sleep(0.05)  # It was killed; try again.

    def _send(self, client, token, sent):
        recipient = self.recipients[sent % len(self.recipients)]
        body = content(token, SIZES[sent % len(SIZES)])
        try:
            client.sendmail("load@sender.test", [recipient], body)
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused):
            with self._lock:
                self.refused += 1
            raise
        with self._lock:
            self.promised.add(token)
