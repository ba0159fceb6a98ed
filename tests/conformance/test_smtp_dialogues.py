"""The collection smtp-chasquid: dialogues with an SMTP server. Its texts are
another server's, so only the first digit of a reply is compared."""

import ast
import os
import pathlib
import re

import pytest
from kit.relay import Relay
from kit.sasl import SaslDatabase
from kit.smtp_wire import Wire
from kit.waiting import free_port

FOLDER = (
    pathlib.Path(os.environ.get("POSTERN_CONFORMANCE", ""))
    / "smtp-chasquid"
    / "dialogues"
)

# What the relay does not do yet, and where it means to differ.
NOT_OFFERED = {
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
    """Its second port takes AUTH without TLS: what the dialogues want to know
    of AUTH under TLS is the same there."""
    folder = tmp_path_factory.mktemp("relay")
    database = SaslDatabase(folder / "sasl")
    database.add("user", "secretpassword", realm="testserver")
    relay = Relay(
        folder,
        {
            "virtual_mailbox_domains": ["testserver"],
            "message_size_limit": "1MiB",
            "smtpd_forbid_bare_newline": "disconnect",
            "smtpd_sasl_auth_enable": True,
            "smtpd_sasl_sasldb_path": str(database.path),
            "smtpd_sasl_failure_limit": 3,
            "smtpd_sasl_failure_delay": "0s",
        },
    )
    relay.auth_port = free_port()
    relay.config["listeners"].append(
        {
            "listen": f"127.0.0.1:{relay.auth_port}",
            "override": {"smtpd_tls_auth_only": False},
        }
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
            elif verb == "tls_connect":
                wire = Wire(relay.auth_port)
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
