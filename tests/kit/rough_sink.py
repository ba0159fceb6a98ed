"""A next hop with bad manners: drops, drips, splits and odd bytes."""

import socket
import time

from kit.sink import Sink


class Act:
    """What is done instead of a reply; `code` is how the sink goes on."""

    def __init__(self, do, code=""):
        self.do = do
        self.code = code

    def startswith(self, text):
        return self.code.startswith(text)


def raw(data, code=""):
    """Sends bytes as they are."""
    return Act(lambda connection: connection.sendall(data), code)


def _drop(connection):
    connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError


def drop(first=b""):
    """Closes, behind some bytes."""

    def act(connection):
        connection.sendall(first)
        _drop(connection)

    return Act(act)


def drip(data, code="", wait=0.05):
    """Sends a byte at a time."""

    def act(connection):
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(wait)

    return Act(act, code)


def _wait_for_the_end(connection):
    while connection.recv(4096):
        pass
    raise ConnectionAbortedError


SILENCE = Act(_wait_for_the_end)


class RoughSink(Sink):
    """A Sink whose `replies` may be acts, or a list: one for each
    time (not for "end"), then "250 2.0.0 ok"."""

    def _say(self, connection, key, usual):
        reply = self.replies.get(key, usual)
        if isinstance(reply, list):
            reply = reply.pop(0) if reply else "250 2.0.0 ok"
        if not isinstance(reply, Act):
            if reply is not None:
                connection.sendall(reply.encode() + b"\r\n")
            return reply or ""
        reply.do(connection)
        return reply
