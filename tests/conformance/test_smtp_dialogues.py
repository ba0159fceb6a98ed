"""The collection smtp-chasquid: dialogues with an SMTP server. Its texts are
another server's, so only the first digit of a reply is compared."""

import ast
import os
import pathlib
import re

import pytest
from kit.relay import Relay
from kit.smtp_wire import Wire

FOLDER = (
    pathlib.Path(os.environ.get("POSTERN_CONFORMANCE", ""))
    / "smtp-chasquid"
    / "dialogues"
)

# What the relay does not do yet, and where it means to differ.
NOT_OFFERED = {
    "auth_multi_dialog": "AUTH is not offered",
    "auth_not_tls": "AUTH is not offered",
    "auth_too_many_failures": "AUTH is not offered",
    "t-04-aliases-test_chasquid_util": "no SMTP dialogue",
}
DIFFERENT = {
    # A header field without a colon ends the header; it is no reason to refuse.
    ("bad_data", "554 5.6.0 Error parsing message"): "2",
}


def dialogues():
    return sorted(FOLDER.glob("*.cmy")) if FOLDER.is_dir() else []


@pytest.fixture(scope="module")
def relay(tmp_path_factory):
    folder = tmp_path_factory.mktemp("relay")
    relay = Relay(
        folder,
        {
            "virtual_mailbox_domains": ["testserver"],
            "message_size_limit": "1MiB",
            "smtpd_forbid_bare_newline": "disconnect",
        },
    )
    relay.mailboxes_file.write_text("user@testserver user/\n")
    relay.start()
    yield relay
    assert relay.stop() == 0


def bytes_of(expression):
    """The value of a Python expression of texts, + and *."""

    def value(node):
        if isinstance(node, ast.Constant):
            return node.value
        assert isinstance(node, ast.BinOp)
        left, right = value(node.left), value(node.right)
        return left + right if isinstance(node.op, ast.Add) else left * right

    return value(ast.parse(expression, mode="eval").body).encode()


def wanted_class(name, text):
    """The first digit of the replies that are right, or None for any."""
    return DIFFERENT.get((name, text)) or re.match(r"\D*(\d)", text)[1]


@pytest.mark.parametrize("path", dialogues(), ids=lambda p: p.stem)
def test_the_dialogue_goes_as_published(relay, path):
    if path.stem in NOT_OFFERED:
        pytest.skip(NOT_OFFERED[path.stem])
    wire = None
    try:
        for line in path.read_text().splitlines():
            found = re.match(r"c (\S+) ?(.*)", line)
            if not found:
                continue
            verb, text = found.groups()
            if verb == "tcp_connect":
                wire = Wire(relay.port)
            elif verb == "close":
                wire.close()
            elif verb == "->":
                wire.send(text.encode() + b"\r\n")
            elif verb == "~>":
                wire.send(bytes_of(text))
            else:
                reply = wire.reply()
                assert reply[:1] == wanted_class(path.stem, text), (line, reply)
    finally:
        wire.close()
