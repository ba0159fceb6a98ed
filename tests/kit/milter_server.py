"""A mail filter that does as it is told and keeps what it is told.

It is written on a plain socket, apart from every milter library, so that a test
sees exactly what a mail server says.
"""

import socket
import struct
import threading
import time

ALL_ACTIONS = 0x1FF
NO_STEPS = 0
REJECTED_RECIPIENTS = 0x800
LEADING_SPACE = 0x100000

# Letters of replies, and how to write those with a text.
CONTINUE, ACCEPT, DISCARD, REJECT, TEMPFAIL = b"c", b"a", b"d", b"r", b"t"


def add_header(name, value):
    return b"h" + name.encode() + b"\0" + value.encode() + b"\0"


def insert_header(index, name, value):
    return b"i" + struct.pack(">I", index) + name.encode() + b"\0" + value.encode() + b"\0"


def change_header(index, name, value):
    return b"m" + struct.pack(">I", index) + name.encode() + b"\0" + value.encode() + b"\0"


def add_recipient(address):
    return b"+" + address.encode() + b"\0"


def delete_recipient(address):
    return b"-" + address.encode() + b"\0"


def change_sender(address):
    return b"e" + address.encode() + b"\0"


def replace_body(body):
    return b"b" + body


def quarantine(reason):
    return b"q" + reason.encode() + b"\0"


def reply_code(text):
    return b"y" + text.encode() + b"\0"


class Raw(bytes):
    """Bytes that are sent as they are, without a length before them."""


class Told:
    """One message as the filter was told of it."""

    def __init__(self):
        self.connect = None
        self.helo = None
        self.unknown = None  # A command that is none.
        self.sender = None
        self.recipients = []
        self.headers = []  # (name, value), as they came.
        self.body = b""
        self.macros = {}
        self.is_complete = False


class MilterServer:
    """Answers each command (a letter: "C", "H", "M", "R", "T", "L", "N", "B",
    "E") with the packets of `replies[letter]`, CONTINUE if there are none; a
    callable is given the message and returns them, or None to break the
    connection. `changes` come before the answer to "E", or that break."""

    def __init__(self, port=0, actions=ALL_ACTIONS, steps=NO_STEPS, path=None, version=6):
        self.replies = {}
        self.changes = []
        self.delay = {}  # Seconds by letter.
        self.offers = []
        self.messages = []
        self.commands = []
        self.connections = 0
        self._answer = struct.pack(">III", version, actions, steps)
        if path:
            self._server = socket.socket(socket.AF_UNIX)
            self._server.bind(str(path))
            self._server.listen(50)
        else:
            self._server = socket.create_server(("127.0.0.1", port))
            self.port = self._server.getsockname()[1]
        self._open = set()
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._closed = True
        for one in [self._server, *self._open]:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def _accept(self):
        while not self._closed:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            stream = connection.makefile("rb")
            told = Told()
            while True:
                head = stream.read(4)
                if len(head) < 4:
                    return
                packet = stream.read(struct.unpack(">I", head)[0])
                told = self._take(connection, told, packet[:1].decode(), packet[1:])
                if told is None:
                    return
        except OSError:
            pass
        finally:
            connection.close()

    def _take(self, connection, told, letter, body):
        self.commands.append(letter)
        if letter == "O":
            self.offers.append(struct.unpack(">III", body[:12]))
            self._send(connection, [b"O" + self._answer])
            return told
        if letter == "D":
            words = body[1:].split(b"\0")
            for name, value in zip(words[::2], words[1::2]):
                told.macros[name.decode().strip("{}")] = value.decode()
            return told
        if letter == "Q":
            return None
        if letter in "AK":
            return _client_of(told) if letter == "A" else Told()
        self._keep(told, letter, body)
        time.sleep(self.delay.get(letter, 0))
        replies = self.replies.get(letter, [CONTINUE])
        if callable(replies):
            replies = replies(told)
        if replies is None:
            self._send(connection, self.changes if letter == "E" else [])
            return None
        if letter == "E":
            told.is_complete = True
            self.messages.append(told)
            self._send(connection, [*self.changes, *replies])
            return _client_of(told)
        self._send(connection, replies)
        return told

    @staticmethod
    def _keep(told, letter, body):
        words = body.split(b"\0")
        if letter == "C":
            told.connect = body
        elif letter == "U":
            told.unknown = words[0].decode()
        elif letter == "H":
            told.helo = words[0].decode()
        elif letter == "M":
            told.sender = [w.decode() for w in words[:-1]]
        elif letter == "R":
            told.recipients.append([w.decode() for w in words[:-1]])
        elif letter == "L":
            told.headers.append((words[0].decode(), words[1].decode()))
        elif letter in "BE":
            told.body += body

    @staticmethod
    def _send(connection, packets):
        connection.sendall(b"".join(
            p if isinstance(p, Raw) else struct.pack(">I", len(p)) + p
            for p in packets
        ))


def _client_of(told):
    """The next message over the same connection."""
    fresh = Told()
    fresh.connect, fresh.helo = told.connect, told.helo
    fresh.macros = dict(told.macros)
    return fresh
