"""A mail server's side of the milter protocol, version 6, on a bare socket:
what Postfix sends for one message, and the filter's replies as they come."""

import contextlib
import socket
import struct

ALL_ACTIONS = 0x1FF
ALL_STEPS = 0x1FFFFF
# Command -> the step that means "not sent", the one that means "no reply".
SKIPPED = {"C": 0x1, "H": 0x2, "M": 0x4, "R": 0x8, "T": 0x200, "L": 0x20,
           "N": 0x40, "B": 0x10}
SILENT = {"C": 0x1000, "H": 0x2000, "M": 0x4000, "R": 0x8000, "T": 0x10000,
          "L": 0x80, "N": 0x40000, "B": 0x80000}
LEADING_SPACE = 0x100000
VERDICTS = {b"c": "continue", b"a": "accept", b"d": "discard", b"r": "reject",
            b"t": "tempfail", b"y": "reply", b"s": "skip", b"f": "conn_fail",
            b"4": "shutdown"}
CHUNK = 65535


class Outcome:
    """What a filter said of a message: `verdict` ("accept", …; "reply" has its
    text in `reply`), and the changes: `inserted` and `added` (index, name,
    value), `changed` (name, occurrence, value; "" deletes), `quarantine`."""

    def __init__(self):
        self.verdict = None
        self.reply = None
        self.inserted = []
        self.added = []
        self.changed = []
        self.quarantine = None
        self.replies = []  # (code, data), all of them

    def take(self, code, data):
        self.replies.append((code, data))
        if code == b"i":
            index = struct.unpack("!I", data[:4])[0]
            name, value = data[4:].split(b"\0")[:2]
            self.inserted.append((index, name.decode(), value.decode("latin-1")))
        elif code == b"h":
            name, value = data.split(b"\0")[:2]
            self.added.append((None, name.decode(), value.decode("latin-1")))
        elif code == b"m":
            index = struct.unpack("!I", data[:4])[0]
            name, value = data[4:].split(b"\0")[:2]
            self.changed.append((name.decode(), index, value.decode("latin-1")))
        elif code == b"q":
            self.quarantine = data.rstrip(b"\0").decode("latin-1")

    def fields(self, name):
        """The values of the fields of that name that it adds, the top first."""
        values = []
        for _, one, value in self.inserted:
            if one.lower() == name.lower():
                values.insert(0, value)
        return values

    def apply(self, message):
        """The message (bytes) with what it inserts at the top."""
        for _, name, value in self.inserted:
            text = f"{name}:{value}".replace("\r\n", "\n").replace("\n", "\r\n")
            message = text.encode("latin-1") + b"\r\n" + message
        return message


def split(message):
    """(fields, body) of a message with CR LF: fields are (name, value) with the
    space behind the colon and folds as LF, as Postfix sends them."""
    header, _, body = message.partition(b"\r\n\r\n")
    fields = []
    for line in header.split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1][1] += b"\n" + line
        else:
            name, _, value = line.partition(b":")
            fields.append([name, value])
    return fields, body


class MilterClient:
    """A connection to a filter; `send` puts one message through."""

    def __init__(self, port=None, path=None, timeout=20):
        if path:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(str(path))
        else:
            self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        offer = struct.pack("!III", 6, ALL_ACTIONS, ALL_STEPS)
        self._packet("O", offer)
        code, data = self._reply()
        assert code == b"O", (code, data)
        _, self.actions, self.steps = struct.unpack("!III", data[:12])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._packet("Q")
        self.socket.close()

    def _packet(self, command, data=b""):
        self.socket.sendall(
            struct.pack("!I", len(data) + 1) + command.encode() + data
        )

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            assert more, "the filter closed the connection"
            data += more
        return data

    def _reply(self):
        length = struct.unpack("!I", self._exactly(4))[0]
        data = self._exactly(length)
        return data[:1], data[1:]

    def _step(self, command, data=b"", macros=None):
        """Sends one command unless it is not wanted, and returns the verdict
        if there is one other than to go on."""
        if self.steps & SKIPPED[command]:
            return None
        self._macros(command, macros)
        self._packet(command, data)
        if self.steps & SILENT[command]:
            return None
        code, data = self._reply()
        return None if code == b"c" else (code, data)

    def _macros(self, command, macros):
        if macros:
            text = b"".join(
                f"{name}\0{value}\0".encode() for name, value in macros.items()
            )
            self._packet("D", command.encode() + text)

    def connect(self, address="192.0.2.10", name="client.test", macros=None):
        data = name.encode() + b"\0" + b"4" + struct.pack("!H", 12345)
        data += address.encode() + b"\0"
        self._step("C", data, {"j": "mx.falcot.com", **(macros or {})})
        self._step("H", b"client.test\0")

    def send(self, message, sender="a@sender.test", recipients=("b@rcpt.test",),
             macros=None, address="192.0.2.10", name="client.test",
             chunk=CHUNK):
        """Puts one message through, and returns its Outcome."""
        self.connect(address, name)
        outcome = Outcome()
        for early in self._message(message, sender, recipients, macros, chunk):
            if early and early[0] != b"s":
                outcome.verdict = VERDICTS[early[0]]
                outcome.reply = early[1].rstrip(b"\0").decode("latin-1")
                return outcome
        self._macros("E", {"i": "4QUEUEID", **(macros or {})})
        self._packet("E")
        while True:
            code, data = self._reply()
            if code in VERDICTS:
                outcome.verdict = VERDICTS[code]
                outcome.reply = data.rstrip(b"\0").decode("latin-1")
                return outcome
            outcome.take(code, data)

    def _message(self, message, sender, recipients, macros, chunk):
        """The steps before the end of the message, with the early verdicts."""
        yield self._step("M", f"<{sender}>".encode() + b"\0",
                         {"i": "4QUEUEID", **(macros or {})})
        for recipient in recipients:
            yield self._step("R", f"<{recipient}>".encode() + b"\0")
        yield self._step("T")
        fields, body = split(message)
        for name, value in fields:
            if not self.steps & LEADING_SPACE and value[:1] == b" ":
                value = value[1:]
            yield self._step("L", name + b"\0" + value + b"\0")
        yield self._step("N")
        for at in range(0, len(body), chunk):
            verdict = self._step("B", body[at:at + chunk])
            yield verdict
            if verdict:
                return
