"""Next hops that refuse, break off, drip or talk nonsense, at every stage: what
becomes of the mail, and what its sender is told."""

import dataclasses

import pytest
from kit.rough_sink import SILENCE, RoughSink, drip, drop, raw
from kit.waiting import until

FROM = "alice@example.org"
TO = "carol@elsewhere.test"
STAGES = ("banner", "EHLO", "MAIL", "RCPT", "DATA", "end")


@dataclasses.dataclass
class Case:
    why: str
    replies: dict
    status: str  # Enhanced; of class 2: delivered, 4: waits, 5: a bounce.
    said: str = ""  # In the queue's listing or in the bounce.
    cause: str = ""  # Of mail that waits.


# Who says so at a stage, in the words of deferred_total.
REFUSED_AT = {"banner": "greeting", "EHLO": "greeting", "end": "data"}


def at_each_stage(why, reply, status, stages=STAGES, said="", cause=""):
    return [
        Case(
            f"{why} at {s}",
            {s: reply},
            status,
            said,
            cause or REFUSED_AT.get(s, s.lower()),
        )
        for s in stages
    ]


CASES = [
    *at_each_stage("4yz", "450 4.7.9 later", "4.7.9", said="450 4.7.9 later"),
    *at_each_stage("4yz without a code", "451 later", "4.0.0", STAGES[2:]),
    *at_each_stage(
        "5yz", "550 5.7.9 never", "5.7.9", STAGES[2:], "550 5.7.9 never"
    ),
    *at_each_stage("5yz without a code", "554 never", "5.0.0", STAGES[2:]),
    *at_each_stage("421", "421 4.3.2 going", "4.3.2", said="421 4.3.2 going"),
    *at_each_stage("a drop", drop(), "4.4.2", cause="lost"),
    *at_each_stage("a drop in a reply", drop(b"250-half"), "4.4.2", cause="lost"),
    *at_each_stage("silence", SILENCE, "4.4.2", cause="timeout"),
    *at_each_stage("nonsense", raw(b"what?\r\n"), "4.5.0", cause="protocol"),
    *at_each_stage("a reply of NULs", raw(b"\0" * 40 + b"\r\n"), "4.5.0", cause="protocol"),
    *at_each_stage("an endless line", raw(b"250 " + b"x" * 300_000), "4.5.0", cause="protocol"),
    *at_each_stage("endless lines", raw(b"250-x\r\n" * 20_000), "4.5.0", cause="protocol"),
    *at_each_stage("codes that differ", raw(b"250-x\r\n550 y\r\n"), "4.5.0", cause="protocol"),
    *at_each_stage(
        "a drip slower than the timeout", drip(b"250-" + b"x" * 100), "4.4.2",
        cause="timeout",
    ),
    Case("a banner in pieces", {"banner": drip(b"220 a\r\n", wait=0.01)}, "2.0.0"),
    Case("a banner of many lines", {"banner": raw(b"220-a\r\n" * 20 + b"220 b\r\n")}, "2.0.0"),
    Case("the end in many lines", {"end": "250-2.0.0 a\r\n250 2.0.0 b"}, "2.0.0"),
    Case("a drop at QUIT", {"QUIT": drop()}, "2.0.0"),
    Case("a 5yz at QUIT", {"QUIT": "500 what"}, "2.0.0"),
]


@pytest.fixture(scope="module")
def next_hop():
    with RoughSink() as server:
        yield server


@pytest.fixture
def relay(make_relay, next_hop):
    return make_relay(
        {
            "relayhost": f"[127.0.0.1]:{next_hop.port}",
            "queue": {"retry_waits": ["1h"], "maximal_queue_lifetime": "5h"},
            "smtp": {
                "connect_timeout": "1s",
                "command_timeout": "1s",
                "data_done_timeout": "1s",
            },
        }
    )


def fate(relay):
    """(status, what is said) of the one message that was sent."""
    if relay.mailbox("alice").count():
        [report] = relay.mailbox("alice").messages()
        text = report.as_string()
        status = text.split("\nStatus: ")[1].split("\n")[0]
        return status.strip(), text
    listed = relay.listed()
    if not listed:
        return "2.0.0", ""
    [recipient] = listed[0]["recipients"]
    return recipient["last_status"], recipient["last_reply"]


@pytest.mark.parametrize("case", CASES, ids=[c.why for c in CASES])
def test_the_mail_has_the_fate_that_the_reply_means(relay, next_hop, case):
    next_hop.replies.clear()
    next_hop.replies.update(case.replies)
    next_hop.messages.clear()
    assert relay.send(FROM, TO)[0] == 250
    until(
        lambda: relay.metric("postern_mta_queue_attempts_total") >= 1
        and not relay.metric("postern_mta_queue_messages", state="active")
        and not relay.metric("postern_mta_queue_messages", state="waiting"),
        20,
        "an attempt",
    )
    status, said = fate(relay)
    assert status == case.status, f"{status}: {said}"
    assert case.said in said, said
    assert len(next_hop.messages) == (case.status[0] == "2")
    assert relay.mailbox("alice").count() == (case.status[0] == "5")
    waits = case.status[0] == "4"
    deferred = "postern_mta_queue_deferred_total"
    assert relay.metric(deferred) == waits
    assert not waits or relay.metric(deferred, cause=case.cause) == 1
