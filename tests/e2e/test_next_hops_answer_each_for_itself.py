"""Recipients, messages and sessions are told apart: what one of them is refused
does not touch the others, and nothing arrives twice."""

import collections
import re

import pytest
from kit.rough_sink import RoughSink, drip, drop, raw
from kit.waiting import until

FROM = "alice@example.org"


@pytest.fixture
def next_hop():
    with RoughSink() as server:
        yield server


@pytest.fixture
def relay(make_relay, next_hop):
    return make_relay(
        {
            "relayhost": f"[127.0.0.1]:{next_hop.port}",
            "queue": {"retry_waits": ["1s"], "maximal_queue_lifetime": "1h"},
        }
    )


def to(*names):
    return [f"{name}@elsewhere.test" for name in names]


def arrivals(next_hop):
    return collections.Counter(
        recipient for m in next_hop.messages for recipient in m.recipients
    )


def test_one_recipient_of_many_is_refused_and_the_bounce_names_only_it(
    relay, next_hop
):
    next_hop.replies["RCPT no@elsewhere.test"] = "550 5.1.1 nobody here"
    assert relay.send(FROM, to("a", "no", "b"))[0] == 250
    [report] = relay.mailbox("alice").wait_for(1)
    relay.wait_for_empty_queue()
    assert arrivals(next_hop) == dict.fromkeys(to("a", "b"), 1)
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "delivery-status"
    message, recipient = report.get_payload(1).get_payload()
    assert message["Reporting-MTA"] == "dns; relay.test"
    assert message["Arrival-Date"]
    assert recipient["Final-Recipient"] == "rfc822; no@elsewhere.test"
    assert recipient["Action"] == "failed"
    assert recipient["Status"] == "5.1.1"
    assert recipient["Diagnostic-Code"] == "smtp; 550 5.1.1 nobody here"
    assert recipient["Remote-MTA"].startswith("dns; ")
    assert not {"a@elsewhere.test", "b@elsewhere.test"} & set(
        re.findall(r"[ab]@elsewhere.test", report.get_payload(0).as_string())
    )


def test_only_who_was_deferred_is_tried_again(relay, next_hop):
    next_hop.replies["RCPT late@elsewhere.test"] = ["451 4.2.1 not now"]
    assert relay.send(FROM, to("a", "late", "b"))[0] == 250
    relay.wait_for_empty_queue()
    assert arrivals(next_hop) == dict.fromkeys(to("a", "late", "b"), 1)
    assert next_hop.messages[1].recipients == to("late")


def test_what_a_reply_holds_is_harmless_in_log_and_bounce(  # MTA-33
    relay, next_hop
):
    next_hop.replies["RCPT"] = raw(
        b"550-5.7.1 \x1b[31mred\x07\0 one\r\n550 5.7.1 From: forged\x0b\xff\r\n"
    )
    assert relay.send(FROM, to("a"))[0] == 250
    relay.mailbox("alice").wait_for(1)
    [bounce] = relay.mailbox("alice").raw()
    odd = re.compile(rb"[\0-\x08\x0b\x0c\x0e-\x1f\x7f\xff]")
    assert b"5.7.1" in bounce and not odd.search(bounce)
    log = relay.log_file.read_bytes()
    assert b"forged" in log and not odd.search(log)
    assert not re.search(rb"^From: forged", bounce, re.MULTILINE)


CASES = {
    "a 421 at the second message": {"MAIL": ["250 ok", "421 4.3.2 going"]},
    "a drop at the second message": {"MAIL": ["250 ok", drop()]},
    "a refusal for now, then the session is used again": {
        "RCPT": ["451 4.2.1 not now"]
    },
    "a refused DATA": {"DATA": ["451 4.3.0 not now"] + ["354 go"] * 9},
    "RSET is refused": {"RCPT": ["451 no"], "RSET": "502 5.5.1 what"},
    "replies in odd pieces": {"RCPT": drip(b"250 2.1.5 ok\r\n", "2", 0.005)},
    "a reply too many": {"RCPT": [raw(b"250 ok\r\n250 ok\r\n", "2")]},
    "no extension at all": {"EHLO": "250 sink.test"},
    "EHLO is unknown": {"EHLO": "500 5.5.1 what"},
}


@pytest.mark.parametrize("replies", CASES.values(), ids=CASES.keys())
def test_each_message_arrives_once_whatever_befell_another(
    relay, next_hop, replies
):
    next_hop.replies.update(
        {k: list(v) if isinstance(v, list) else v for k, v in replies.items()}
    )
    for name in ("a", "b", "c"):
        assert relay.send(FROM, to(name))[0] == 250
    until(lambda: len(arrivals(next_hop)) == 3, 30, "all three")
    relay.wait_for_empty_queue()
    assert arrivals(next_hop) == dict.fromkeys(to("a", "b", "c"), 1)
    assert relay.mailbox("alice").count() == 0
