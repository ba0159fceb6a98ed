"""MTA-28: whatever a filter says, the relay lives, the session goes on and no
change counts without the verdict behind it."""

import struct

import pytest
from kit import milter_server as milter
from kit.milter_server import MilterServer, Raw
from kit.waiting import until

FROM, TO = "alice@sender.test", "bob@elsewhere.test"
HEADER = f"From: {FROM}\r\nDate: Sun, 29 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@sender.test>\r\nSubject: s\r\n"
TEXT = f"{HEADER}\r\nbody\r\n"

HALF = milter.insert_header(0, "X-Half", "1")
PROGRESS = b"p"


def _verdict(packet):
    return [HALF, packet]


# What the filter says, and after which command; None ends the connection.
HOSTILE = {
    "a reply code without its NUL": ("E", _verdict(b"y550 5.7.1 no")),
    "a reply code with a NUL inside": ("E", _verdict(b"y550 5.7.1 n\0o\0")),
    "a reply code of another kind": ("E", _verdict(milter.reply_code("250 2.0.0 ok"))),
    "a reply code beyond all": ("E", _verdict(milter.reply_code("999 9.9.9 no"))),
    "a reply code that is none": ("E", _verdict(milter.reply_code("no"))),
    "an empty reply code": ("E", _verdict(b"y")),
    "lines of different codes": (
        "E", _verdict(milter.reply_code("550-5.7.1 one\r\n451 4.7.1 two"))),
    "lines without an end": ("E", _verdict(milter.reply_code("550-5.7.1 one"))),
    "an unknown reply": ("E", _verdict(b"Z")),
    "a verdict with something behind it": ("E", _verdict(b"c?")),
    "a command of ours": ("E", _verdict(b"M<mallory@evil.test>\0")),
    "options again": ("E", _verdict(b"O" + struct.pack(">III", 6, 0x1FF, 0))),
    "an empty packet": ("E", [HALF, Raw(b"\0\0\0\0")]),
    "a packet without an end": ("E", [HALF, Raw(b"\xff\xff\xff\xff" + b"h" * 100)]),
    "a change before its time": ("M", [HALF, milter.CONTINUE]),
    "a change of the recipients before its time": (
        "R", [milter.add_recipient("<mallory@evil.test>"), milter.CONTINUE]),
    "a body before its time": ("L", [milter.replace_body(b"x"), milter.CONTINUE]),
    "a skip where there is no body": ("M", [b"s"]),
    "two replies to one command": ("M", [milter.CONTINUE, milter.REJECT]),
    "a header without its NUL": ("E", [b"hX-Half\0one", milter.CONTINUE]),
    "a header value with a NUL inside": ("E", [b"hX-Half\0o\0ne\0", milter.CONTINUE]),
    "a header without a place": ("E", [b"i\0\0", milter.CONTINUE]),
    "a header name that is none": (
        "E", [milter.add_header("X-Half: 1\r\nBcc", "x"), milter.CONTINUE]),
    "an address with another behind it": ("E", [
        milter.add_recipient("<carol@elsewhere.test>\r\nRCPT TO:<dave@evil.test>"),
        milter.CONTINUE]),
    "a recipient that is nobody": ("E", [HALF, milter.add_recipient("<>"), milter.CONTINUE]),
    "an address beyond all": (
        "E", [HALF, milter.add_recipient(f"<{'x' * 5000}@evil.test>"), milter.CONTINUE]),
    "an address without its NUL": ("E", [HALF, b"+<mallory@evil.test>", milter.CONTINUE]),
    "a body and no verdict": ("E", None),
    "progress without end": ("E", [HALF, *[PROGRESS] * 200_000]),
    "a million fields": ("E", [HALF] * 1_000_000 + [milter.CONTINUE]),
    "a body without end": ("E", [milter.replace_body(b"x" * 60_000)] * 4_000),
}


@pytest.fixture
def make(make_relay, sink):
    """make(server, on_failure): a relay with that filter."""

    def relay_of(server, on_failure="accept"):
        return make_relay({
            "relayhost": f"[127.0.0.1]:{sink.port}",
            "relay_domains": ["elsewhere.test"],
            "message_size_limit": "8MiB",
            "queue": {"retry_waits": ["1h"]},
            "filters": {
                "milters": [{
                    "name": "evil",
                    "endpoints": [f"inet:127.0.0.1:{server.port}"],
                    "on_failure": on_failure,
                    "command_timeout": "5s",
                    "content_timeout": "5s",
                }],
                "smtpd_milters": ["evil"],
            },
        })

    return relay_of


def _is_untouched(mail):
    assert mail.sender == FROM and mail.recipients == [TO]
    header, body = mail.content.decode().split("\r\n\r\n", 1)
    assert body == "body\r\n"
    assert header.startswith("Received: from ")
    assert f"{header}\r\n".endswith(HEADER)


@pytest.mark.parametrize("why", HOSTILE)
def test_what_no_filter_may_say_changes_nothing(make, sink, why):
    letter, packets = HOSTILE[why]
    with MilterServer() as server:
        server.replies[letter] = lambda told: packets
        if packets is None:
            server.changes = [HALF, milter.replace_body(b"half a bo")]
            server.replies[letter] = lambda told: None
        relay = make(server)
        before = relay.resident_mib()
        with relay.client() as client:
            client.sendmail(FROM, [TO], TEXT)
            server.replies.clear()
            server.changes = [milter.add_header("X-Whole", "1")]
            client.sendmail(FROM, [TO], TEXT)
        # They may have overtaken each other.
        first, second = sorted(sink.wait_for(2), key=lambda m: b"X-Whole" in m.content)
        _is_untouched(first)
        assert b"X-Whole: 1\r\n" in second.content
        assert b"X-Half" not in second.content
        assert relay.metric("postern_mta_milter_failures_total") >= 1
        assert relay.log().count("event=milter_failed") == 1
        assert relay.resident_mib() - before < 100


@pytest.mark.parametrize("version, actions, steps", [
    (1, 0, 0), (7, 0, 0), (0, 0, 0), (0xFFFFFFFF, 0, 0),
    (6, 0xFFFFFFFF, 0), (6, 0, 0xFFFFFFFF), (4, 0x1FF, 0),
])
def test_a_filter_that_agrees_to_what_was_not_offered_is_none(
    make, sink, version, actions, steps
):
    with MilterServer(version=version, actions=actions, steps=steps) as server:
        relay = make(server)
        assert relay.send(FROM, TO, content=TEXT)[0] == 250
        if version == 4:  # It may answer so and do less.
            return
        _is_untouched(sink.wait_for(1)[0])
        assert server.commands.count("M") == 0
        assert "event=milter_failed" in relay.log()


@pytest.mark.parametrize("change", [
    HALF,
    milter.add_header("X-Half", "1"),
    milter.change_header(1, "Subject", "other"),
    milter.replace_body(b"other"),
    milter.change_sender("<mallory@evil.test>"),
    milter.add_recipient("<mallory@evil.test>"),
    milter.delete_recipient(f"<{TO}>"),
    milter.quarantine("mine"),
])
def test_a_change_that_was_not_agreed_upon_is_none(make, sink, change):
    with MilterServer(actions=0) as server:
        server.changes = [change]
        relay = make(server)
        assert relay.send(FROM, TO, content=TEXT)[0] == 250
        _is_untouched(sink.wait_for(1)[0])
        assert "event=milter_failed" in relay.log()


@pytest.mark.parametrize("on_failure, code", [("tempfail", 451), ("reject", 550)])
def test_half_of_a_change_is_refused_with_the_message(make, on_failure, code):
    with MilterServer() as server:
        server.changes = [HALF, milter.replace_body(b"half")]
        server.replies["E"] = lambda told: None
        relay = make(server, on_failure)
        assert relay.send(FROM, TO, content=TEXT)[0] == code
        assert relay.metric("postern_mta_queue_messages") == 0


def test_addresses_that_are_none_are_left_out(make, sink):
    with MilterServer() as server:
        server.changes = [
            milter.change_sender("<mallory evil>"),
            milter.add_recipient("<" + "x" * 400 + "@elsewhere.test>"),
            milter.delete_recipient("<nobody@elsewhere.test>"),
            milter.add_recipient("<carol@elsewhere.test>"),
        ]
        relay = make(server)
        assert relay.send(FROM, TO, content=TEXT)[0] == 250
        until(lambda: len(sink.messages) >= 1, 20)
        [mail] = sink.messages
        assert mail.sender == FROM
        assert sorted(mail.recipients) == [TO, "carol@elsewhere.test"]
        assert relay.log().count("event=milter_address") == 2


@pytest.mark.parametrize("arguments", [
    "NOTIFY=NEVER,SUCCESS", "NOTIFY=x ORCPT=y", "FOO=bar", "ORCPT=rfc822;" + "x" * 2000,
    "NOTIFY=SUCCESS\r\nRCPT TO:<dave@evil.test>", "  ", "=", "\x1b[2J",
])
def test_arguments_that_are_none_add_nobody_else(make, sink, arguments):
    with MilterServer() as server:
        server.changes = [
            b"2<carol@elsewhere.test>\0" + arguments.encode() + b"\0",
            b"e<new@sender.test>\0" + arguments.encode() + b"\0",
        ]
        relay = make(server)
        assert relay.send(FROM, TO, content=TEXT)[0] == 250
        [mail] = sink.wait_for(1)
        assert mail.sender in (FROM, "new@sender.test")
        assert set(mail.recipients) <= {TO, "carol@elsewhere.test"}
        assert not [c for c in sink.commands if "evil" in c or "\x1b" in c]


@pytest.mark.parametrize("place", [0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_places_beyond_the_header_are_its_end(make, sink, place):
    with MilterServer() as server:
        server.changes = [
            milter.insert_header(place, "X-Last", "1"),
            milter.change_header(place, "Subject", "another"),
            milter.change_header(place, "Subject", ""),
        ]
        relay = make(server)
        assert relay.send(FROM, TO, content=TEXT)[0] == 250
        header = sink.wait_for(1)[0].content.decode().split("\r\n\r\n")[0]
        assert f"{HEADER}X-Last: 1" in header


@pytest.mark.parametrize("text", [
    "550 5.7.1 100% %s%n%d", "550 5.7.1 one\rtwo", "550 5.7.1 one\ntwo",
    "550 5.7.1 \x1b[2Jone\x7f", "550-5.7.1 one\r\n550 5.7.1 250 2.0.0 two",
    "550 5.7.1 " + "x" * 3000,
])
def test_words_for_the_client_are_lines_of_one_reply(make, text):
    with MilterServer() as server:
        server.replies["M"] = [milter.reply_code(text)]
        relay = make(server, "tempfail")
        with relay.client() as client:
            client.ehlo()
            code, said = client.mail(FROM)
            assert code in (550, 451)
            assert all(32 <= byte < 127 or byte == 10 for byte in said)
            assert client.noop()[0] == 250  # In step.
