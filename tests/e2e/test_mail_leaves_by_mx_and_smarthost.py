"""Delivery to next hops: MX, smarthost, retries, bounces, the queue."""

import re

import pytest
from kit import zone
from kit.relay import letter
from kit.sink import Sink
from kit.waiting import stays, until

FROM = "alice@example.org"


def by_mx(make_relay, records, **overlay):
    """A relay whose DNS has `records` and whose next hops listen on its
    next_hop_port."""
    relay = make_relay(overlay, start=False, zone=records)
    return relay


def test_the_mx_of_the_recipients_domain_gets_the_mail(make_relay):
    relay = by_mx(make_relay, zone.mail_domain("partner.test", "127.0.0.1"))
    with Sink(relay.next_hop_port) as sink:
        relay.start()
        code, text = relay.send(FROM, "carol@partner.test")
        assert code == 250, text
        [message] = sink.wait_for(1)
        relay.wait_for_empty_queue()
    assert (message.sender, message.recipients) == (FROM, ["carol@partner.test"])
    received = message.content.split(b"\r\n")[0]
    assert received.startswith(b"Received: from client.test")
    assert letter(FROM, "carol@partner.test") in message.content


def test_the_mx_with_the_lowest_preference_is_asked_first(make_relay):
    records = [
        zone.mx("partner.test", "second.partner.test", 20),
        zone.mx("partner.test", "first.partner.test", 10),
        zone.a("first.partner.test", "127.0.0.5"),
        zone.a("second.partner.test", "127.0.0.6"),
    ]
    relay = by_mx(make_relay, records)
    with Sink(relay.next_hop_port, "127.0.0.5") as first:
        with Sink(relay.next_hop_port, "127.0.0.6") as second:
            relay.start()
            relay.send(FROM, "carol@partner.test")
            first.wait_for(1)
            first.close()
            relay.send(FROM, "dave@partner.test")
            second.wait_for(1)


def test_a_domain_without_mx_is_reached_at_its_address(make_relay):
    relay = by_mx(make_relay, [zone.a("plain.test", "127.0.0.1")])
    with Sink(relay.next_hop_port) as sink:
        relay.start()
        relay.send(FROM, "carol@plain.test")
        sink.wait_for(1)


def test_a_domain_that_does_not_exist_bounces_at_once(make_relay):
    relay = make_relay()
    relay.send(FROM, "carol@nowhere.test")
    [bounce] = relay.mailbox("alice").wait_for(1)
    assert bounce.get_content_type() == "multipart/report"
    assert "5.1.2" in bounce.as_string() or "5.4.4" in bounce.as_string()


def test_a_null_mx_bounces_at_once(make_relay):
    """MTA-31, RFC 7505."""
    relay = by_mx(make_relay, ["closed.test. 300 IN MX 0 ."]).start()
    relay.send(FROM, "carol@closed.test")
    [bounce] = relay.mailbox("alice").wait_for(1)
    assert "5.1.10" in bounce.as_string()


def test_an_mx_that_is_ourselves_is_a_loop(make_relay):
    """MTA-31."""
    relay = by_mx(make_relay, [zone.mx("loop.test", "relay.test"),
                               zone.a("relay.test", "127.0.0.1")]).start()
    relay.send(FROM, "carol@loop.test")
    [bounce] = relay.mailbox("alice").wait_for(1)
    assert "5.4.6" in bounce.as_string()


def test_a_smarthost_gets_everything_that_is_not_delivered_here(
    make_relay, sink
):
    relay = make_relay({"relayhost": f"[127.0.0.1]:{sink.port}"})
    relay.send(FROM, "carol@partner.test")
    relay.send(FROM, "dave@elsewhere.test")
    relay.send(FROM, "alice@example.org")
    recipients = [m.recipients[0] for m in sink.wait_for(2)]
    assert sorted(recipients) == ["carol@partner.test", "dave@elsewhere.test"]
    relay.mailbox("alice").wait_for(1)


def test_many_messages_share_connections_to_a_next_hop(make_relay, sink):
    relay = make_relay({"relayhost": f"[127.0.0.1]:{sink.port}"})
    with relay.client() as client:
        for number in range(40):
            to = f"user{number}@partner.test"
            client.sendmail(FROM, [to], letter(FROM, to))
    sink.wait_for(40)
    assert sink.sessions < 40


def test_a_next_hop_that_was_down_gets_the_mail_when_it_is_back(make_relay):
    relay = by_mx(
        make_relay,
        zone.mail_domain("partner.test"),
        queue={"retry_waits": ["300ms"]},
    ).start()
    relay.send(FROM, "carol@partner.test")
    until(lambda: "partner.test" in relay.queue(), 10, "it waits")
    relay.restart()
    with Sink(relay.next_hop_port) as sink:
        sink.wait_for(1)
        relay.wait_for_empty_queue()
    assert len(sink.messages) == 1


def test_a_temporary_refusal_is_retried_and_a_final_one_bounces(make_relay):
    replies = {"RCPT carol@partner.test": "450 4.2.0 busy"}
    relay = by_mx(
        make_relay,
        zone.mail_domain("partner.test"),
        queue={"retry_waits": ["300ms"]},
    )
    with Sink(relay.next_hop_port, replies=replies) as sink:
        relay.start()
        relay.send(FROM, ["carol@partner.test", "dave@partner.test"])
        [first] = sink.wait_for(1)
        assert first.recipients == ["dave@partner.test"]
        sink.replies["RCPT carol@partner.test"] = "550 5.1.1 gone"
        [bounce] = relay.mailbox("alice").wait_for(1)
        relay.wait_for_empty_queue()
        assert len(sink.messages) == 1
    text = bounce.as_string()
    assert "carol@partner.test" in text and "550 5.1.1 gone" in text
    assert "dave@partner.test" not in text.split("message/rfc822")[0]


def test_a_bounce_is_a_report_of_rfc_3464_from_nobody(make_relay):
    relay = by_mx(make_relay, zone.mail_domain("partner.test"))
    replies = {"RCPT": "550 5.1.1 nobody of that name"}
    with Sink(relay.next_hop_port, replies=replies):
        relay.start()
        relay.send(FROM, "carol@partner.test")
        [bounce] = relay.mailbox("alice").wait_for(1)
    assert bounce["Return-Path"] in ("<>", None)
    assert bounce["Auto-Submitted"] == "auto-replied"
    assert bounce.get_param("report-type") == "delivery-status"
    human, status, original = bounce.get_payload()
    assert "carol@partner.test" in human.get_content()
    fields = status.get_payload()[1]
    assert fields["Final-Recipient"].endswith("carol@partner.test")
    assert (fields["Action"], fields["Status"]) == ("failed", "5.1.1")
    assert "nobody of that name" in fields["Diagnostic-Code"]
    assert original.get_content_type() in (
        "message/rfc822",
        "text/rfc822-headers",
    )


def test_mail_from_nobody_is_never_bounced(make_relay):
    """MTA-37, MTA-38."""
    relay = by_mx(make_relay, zone.mail_domain("partner.test"))
    replies = {"RCPT": "550 5.1.1 nobody"}
    with Sink(relay.next_hop_port, replies=replies) as sink:
        relay.start()
        relay.send("", "carol@partner.test")
        until(lambda: any("RCPT" in c for c in sink.commands), 10)
        relay.wait_for_empty_queue()
    for user in ("alice", "bob", "postmaster"):
        assert relay.mailbox(user).count() == 0


def test_mail_too_old_bounces(make_relay):
    relay = by_mx(
        make_relay,
        zone.mail_domain("partner.test"),
        queue={"retry_waits": ["300ms"], "maximal_queue_lifetime": "1s"},
    ).start()
    relay.send(FROM, "carol@partner.test")
    [bounce] = relay.mailbox("alice").wait_for(1)
    assert "carol@partner.test" in bounce.as_string()


@pytest.mark.parametrize(
    "evil",
    [
        "550 5.1.1 a\tb\x01\x7f" + "c" * 900,
        "550-5.1.1 one\r\n550-5.1.1 two\r\n550 5.1.1 three",
    ],
    ids=["controls", "lines"],
)
def test_a_hostile_reply_cannot_write_into_bounce_or_log(make_relay, evil):
    """MTA-33, MTA-35."""
    relay = by_mx(make_relay, zone.mail_domain("partner.test"))
    with Sink(relay.next_hop_port, replies={"RCPT": evil}):
        relay.start()
        relay.send(FROM, "carol@partner.test")
        [bounce] = relay.mailbox("alice").wait_for(1)
    assert "\x01" not in bounce.as_string()
    fields = bounce.get_payload()[1].get_payload()[1]
    assert fields["Status"] == "5.1.1"
    assert "\x01" not in relay.log()


def test_a_reply_without_end_is_cut_off_and_the_mail_waits(make_relay):
    """MTA-23, the client's side."""
    endless = "\r\n".join(["250-x"] * 100000)
    relay = by_mx(make_relay, zone.mail_domain("partner.test"))
    with Sink(relay.next_hop_port, replies={"EHLO": endless}):
        relay.start()
        relay.send(FROM, "carol@partner.test")
        until(lambda: "carol@partner.test" in relay.queue(), 10)
        assert relay.is_running()


def test_the_operator_sees_flushes_and_deletes_what_waits(make_relay):
    relay = by_mx(
        make_relay,
        zone.mail_domain("partner.test"),
        queue={"retry_waits": ["1h"]},
    ).start()
    relay.send(FROM, "carol@partner.test")
    relay.send(FROM, "dave@partner.test")
    until(lambda: relay.queue().count("@partner.test") == 2, 10, "both listed")
    listed = relay.queue()
    [line] = [x for x in listed.splitlines() if "dave@" in x]
    queue_id = line.split()[0]
    shown = relay.ctl("queue", "show", queue_id)
    assert shown.returncode == 0, shown.stderr
    assert "dave@partner.test" in shown.stdout
    deleted = relay.ctl("queue", "delete", queue_id)
    assert deleted.returncode == 0, deleted.stderr
    assert "dave@" not in relay.queue()
    with Sink(relay.next_hop_port) as sink:
        flushed = relay.ctl("queue", "flush", "--all")
        assert flushed.returncode == 0, flushed.stderr
        [message] = sink.wait_for(1)
        assert message.recipients == ["carol@partner.test"]
        stays(lambda: len(sink.messages) == 1, 0.5)
    missing = relay.ctl("queue", "show", queue_id)
    assert missing.returncode != 0
    assert re.search(queue_id, missing.stderr)
