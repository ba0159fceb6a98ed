"""Waiting for a fact, with a deadline, instead of sleeping."""

import random
import socket
import time


def until(fact, timeout=15.0, what=None, every=0.02):
    """Returns fact() once it is true; raises AssertionError after `timeout`."""
    deadline = time.monotonic() + timeout
    while True:
        value = fact()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what or fact}")
        time.sleep(every)


def stays(fact, seconds, what=None, every=0.05):
    """Asserts that fact() is true for all of `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert fact(), f"did not stay so for {seconds} s: {what or fact}"
        time.sleep(every)


_given = set()


def free_port(host="127.0.0.1"):
    """A port that nobody listens on, below the range that the kernel gives to
    clients, so that nobody gets it by chance until we use it; never the same
    one twice. The port 10000 above it is free in the same way: a node of a
    Redis Cluster listens there too."""
    for _ in range(200):
        port = random.randrange(12000, 22000)
        if port in _given:
            continue
        _given.add(port)
        with socket.socket() as probe:
            try:
                probe.bind((host, port))
                return port
            except OSError:
                continue
    raise AssertionError("no free port")


def listens(port, host="127.0.0.1"):
    """Whether a connection to the port succeeds."""
    try:
        socket.create_connection((host, port), timeout=1).close()
        return True
    except OSError:
        return False
