"""What a filter changes is what Postfix would have made of it; and filters of
others, behind our relay, do their work."""

import smtplib

import pytest
from kit import milter_server as milter
from kit.beside_postfix import without_received
from kit.milter_server import MilterServer
from kit.postfix import Postfix, open_to_all
from kit.sink import Sink

FROM, TO = "alice@sender.test", "bob@elsewhere.test"
REFUSED = "dave@elsewhere.test"
REFUSES = f"check_recipient_access inline:{{{{{REFUSED} = 550 5.7.1 not him}}}}"
TEXT = (
    f"From: {FROM}\r\nDate: Sun, 29 Nov 2026 10:00:00 +0000\r\n"
    "Message-ID: <1@sender.test>\r\nSubject:none\r\nX-A: 1\r\n"
    "X-B:\ttab\r\n folded\r\nX-A: 3\r\nX-A: 4\r\n\r\nbody\r\nmore\r\n"
)

CHANGES = {
    "nothing": [],
    "insert at every place": [
        milter.insert_header(n, f"I{n}", f"v{n}") for n in (0, 1, 2, 3, 5, 99)
    ],
    "insert backwards": [
        milter.insert_header(n, f"I{n}", f"v{n}") for n in (5, 3, 1, 0)
    ],
    "add": [milter.add_header("Add", "a"), milter.add_header("Add", " b\n\tc")],
    "change": [
        milter.change_header(2, "x-a", "changed"),
        milter.change_header(9, "X-A", "ninth"),
        milter.change_header(1, "New", "n"),
        milter.change_header(1, "Received", "r"),
    ],
    "delete upwards": [milter.change_header(n, "X-A", "") for n in (1, 2, 3)],
    "delete downwards": [milter.change_header(n, "X-A", "") for n in (3, 2, 1)],
    "delete and insert": [
        milter.change_header(1, "X-A", ""),
        milter.insert_header(5, "I5", "v"),
        milter.change_header(1, "x-b", "b"),
    ],
    "a new body": [milter.replace_body(b"one\r\n"), milter.replace_body(b"two\r\n")],
    "another envelope": [
        milter.change_sender("<new@sender.test>"),
        milter.add_recipient("<carol@elsewhere.test>"),
        milter.delete_recipient(f"<{TO}>"),
        milter.add_recipient("<carol@ELSEWHERE.test>"),
    ],
}


@pytest.fixture(scope="module")
def ends(tmp_path_factory):
    """Postfix with a filter and a next hop, both on a port of their own."""
    folder = tmp_path_factory.mktemp("postfix")
    open_to_all(folder)
    with MilterServer(steps=milter.REJECTED_RECIPIENTS) as server, Sink() as sink:
        postfix = Postfix(
            folder / "postfix",
            f"relayhost = [127.0.0.1]:{sink.port}\n"
            f"smtpd_milters = inet:127.0.0.1:{server.port}\n"
            f"smtpd_recipient_restrictions = {REFUSES}, permit_mynetworks\n"
            "virtual_mailbox_domains =\n",
        )
        postfix.start()
        try:
            yield postfix, server, sink
        finally:
            postfix.stop()


def _sent(port, server, sink, changes):
    """(message at the next hop, what the filter was told)."""
    server.changes = changes
    server.messages.clear()
    sink.messages.clear()
    with smtplib.SMTP("127.0.0.1", port, local_hostname="c.test") as client:
        client.sendmail(FROM, [TO], TEXT)
    [message] = sink.wait_for(1)
    return message, server.messages[0]


def _relay(make_relay, server, sink):
    return make_relay(
        {
            "relayhost": f"[127.0.0.1]:{sink.port}",
            "relay_domains": ["elsewhere.test"],
            "smtpd_recipient_restrictions": [REFUSES, "permit_mynetworks"],
            "filters": {
                "milters": [
                    {"name": "m", "endpoints": [f"inet:127.0.0.1:{server.port}"]}
                ],
                "smtpd_milters": ["m"],
            },
        }
    )


def _told_of_refused(port, server):
    """What the filter is told of a recipient that the server refuses."""
    told_of = {}

    def keep(told):
        told_of[told.recipients[-1][0]] = dict(told.macros)
        return [milter.REJECT]

    server.replies["R"] = keep
    try:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="c.test") as client:
            client.ehlo()
            client.mail(FROM)
            code, text = client.rcpt(REFUSED)
    finally:
        del server.replies["R"]
    assert code == 550 and b"not him" in text
    macros = told_of[f"<{REFUSED}>"]
    return [macros[f"rcpt_{name}"] for name in ("mailer", "host", "addr")]


def test_a_refused_recipient_is_shown_as_postfix_shows_it(ends, make_relay):
    postfix, server, sink = ends
    theirs = _told_of_refused(postfix.port, server)
    relay = _relay(make_relay, server, sink)
    assert _told_of_refused(relay.port, server) == theirs


@pytest.mark.parametrize("why", CHANGES)
def test_a_change_means_what_it_means_to_postfix(ends, make_relay, why):
    postfix, server, sink = ends
    theirs, told_by_them = _sent(postfix.port, server, sink, CHANGES[why])
    relay = _relay(make_relay, server, sink)
    ours, told_by_us = _sent(relay.port, server, sink, CHANGES[why])
    assert without_received(ours.content) == without_received(theirs.content)
    assert ours.sender == theirs.sender
    assert [r.lower() for r in ours.recipients] == [r.lower() for r in theirs.recipients]
    assert told_by_us.headers == told_by_them.headers
    assert told_by_us.body == told_by_them.body
    assert told_by_us.helo == told_by_them.helo
    assert told_by_us.recipients == told_by_them.recipients
    missing = set(told_by_them.macros) - set(told_by_us.macros)
    assert not missing
