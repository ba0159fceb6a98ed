"""The collection policy-postfix: request streams of the policy delegation
protocol, each with what a server must do with it."""

import json
import os
import pathlib

import pytest
from kit.policy_client import PolicyClient

FOLDER = pathlib.Path(os.environ.get("POSTERN_CONFORMANCE", "")) / "policy-postfix"

# The streams that are no requests: closed without an answer (INJ-13).
MALFORMED = {
    "oversize-value",
    "no-request",
    "other-request",
    "empty-request",
    "no-equals",
    "nul",
}


def cases():
    path = FOLDER / "requests.json"
    if not path.exists():
        return []
    return json.loads(path.read_text())["requests"]


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    from kit.greylist import Greylist

    server = Greylist(tmp_path_factory.mktemp("greylist")).start()
    yield server
    assert server.stop() == 0


@pytest.mark.parametrize("case", cases(), ids=lambda c: c["name"])
def test_greylistd_answers_the_stream_as_it_must(grey, case):
    wire = case["wire"].encode()
    with PolicyClient(grey.port) as client:
        if case["name"] == "truncated":
            client.send(wire)
            client.socket.shutdown(1)
            assert client.answer() is None
            return
        for piece in [wire] if case["name"] != "slow" else map(chr_of, wire):
            client.send(piece)
        if case["name"] in MALFORMED:
            assert client.answer() is None
            return
        for _ in range(len(wire.replace(b"\r", b"").split(b"\n\n")) - 1):
            assert client.answer(), case["check"]


def chr_of(byte):
    return bytes([byte])
