"""Delivery status notifications (RFC 3461) and SMTPUTF8 (RFC 6531), with a real
client and next hops that know them or do not."""

from kit import zone
from kit.relay import letter
from kit.sink import Sink
from kit.waiting import stays, until

FROM = "alice@example.org"
PARTNER = zone.mail_domain("partner.test", "127.0.0.1")

DSN_SERVER = {"EHLO": "250-sink.test\r\n250 DSN"}
UTF8_SERVER = {"EHLO": "250-sink.test\r\n250-8BITMIME\r\n250 SMTPUTF8"}


def send(relay, to, mail=(), rcpt=(), sender=FROM, content=None):
    """One message with parameters; every reply must be positive."""
    with relay.client() as client:
        client.ehlo()
        client.command_encoding = "utf-8"
        for code, text in (
            client.mail(sender, list(mail)),
            client.rcpt(to, list(rcpt)),
            client.data(content or letter(FROM, "someone@partner.test")),
        ):
            assert code == 250, text


def status_of(report):
    """The fields of the message and those of its recipients."""
    assert report.get_content_type() == "multipart/report"
    message, *recipients = report.get_payload()[1].get_payload()
    return message, recipients


def test_success_is_reported_when_mail_is_in_a_mailbox_here(make_relay):
    relay = make_relay()
    send(
        relay,
        "bob@example.org",
        mail=["RET=HDRS", "ENVID=QQ+2B1"],
        rcpt=["NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;robert+2Bx@example.org"],
    )
    [report] = relay.mailbox("alice").wait_for(1)
    relay.mailbox("bob").wait_for(1)
    message, [bob] = status_of(report)
    assert message["Original-Envelope-Id"] == "QQ+1"
    assert bob["Original-Recipient"] == "rfc822; robert+x@example.org"
    assert bob["Final-Recipient"] == "rfc822; bob@example.org"
    assert (bob["Action"], bob["Status"]) == ("delivered", "2.0.0")
    assert report["Return-Path"] == "<>"
    stays(lambda: relay.mailbox("alice").count() == 1, 0.5)


def test_an_alias_of_several_is_reported_on_once(make_relay):
    """RFC 3461 section 5.2.7: an alias is "expanded", a list has its mail, and
    of a list's members its owner hears."""
    relay = make_relay(
        {
            "mydestination": ["local.test"],
            "myorigin": "local.test",
            "local_recipient_maps": [],
            "virtual_alias_maps": [
                "inline:{ {all@example.org = bob@example.org, "
                "postmaster@example.org} }"
            ],
            "alias_maps": [
                "inline:{ {list = bob@example.org, nobody@example.org} "
                "{owner-list = postmaster@example.org} }"
            ],
        }
    )
    asks = {"mail": ["ENVID=x1"], "rcpt": ["NOTIFY=SUCCESS,FAILURE"]}
    send(relay, "all@example.org", **asks)
    relay.mailbox("bob").wait_for(1)
    [report] = relay.mailbox("alice").wait_for(1)
    _, [entry] = status_of(report)
    assert entry["Final-Recipient"] == "rfc822; all@example.org"
    assert entry["Action"] == "expanded"
    send(relay, "list@local.test", **asks)
    report = relay.mailbox("alice").wait_for(2)[1]
    _, [entry] = status_of(report)
    assert entry["Final-Recipient"] == "rfc822; list@local.test"
    assert entry["Action"] == "delivered"
    relay.wait_for_empty_queue()
    assert relay.mailbox("alice").count() == 2
    bounce = relay.mailbox("postmaster").wait_for(2)[1]
    message, [entry] = status_of(bounce)
    assert entry["Final-Recipient"] == "rfc822; nobody@example.org"
    assert entry["Action"] == "failed"
    assert message["Original-Envelope-Id"] is None


def test_a_bounce_finds_a_sender_who_is_an_alias(make_relay):
    relay = make_relay(
        {
            "virtual_alias_domains": ["brand.test"],
            "virtual_alias_maps": [
                "inline:{ {info@brand.test = bob@example.org} "
                "{gone@brand.test = nobody@example.org} }"
            ],
            "always_bcc": "postmaster@example.org",
        }
    )
    send(relay, "gone@brand.test", sender="info@brand.test")
    [bounce] = relay.mailbox("bob").wait_for(1)
    assert bounce["To"] == "info@brand.test"
    relay.wait_for_empty_queue()
    assert relay.mailbox("postmaster").count() == 1  # No copy of the bounce.


def test_nothing_is_said_of_success_that_nobody_asked_for(make_relay):
    relay = make_relay()
    send(relay, "bob@example.org")
    relay.mailbox("bob").wait_for(1)
    relay.wait_for_empty_queue()
    assert relay.mailbox("alice").count() == 0


def test_a_server_with_dsn_takes_the_duty_over(make_relay):
    relay = make_relay(start=False, zone=PARTNER)
    with Sink(relay.next_hop_port, replies=DSN_SERVER) as sink:
        relay.start()
        send(
            relay,
            "carol@partner.test",
            mail=["RET=FULL", "ENVID=abc"],
            rcpt=["NOTIFY=SUCCESS,DELAY", "ORCPT=rfc822;c+2B@partner.test"],
        )
        sink.wait_for(1)
        relay.wait_for_empty_queue()
    [mail] = [c for c in sink.commands if c.startswith("MAIL")]
    [rcpt] = [c for c in sink.commands if c.startswith("RCPT")]
    assert mail.endswith(" RET=FULL ENVID=abc")
    assert rcpt == (
        "RCPT TO:<carol@partner.test> NOTIFY=SUCCESS,DELAY"
        " ORCPT=rfc822;c+2B@partner.test"
    )
    assert relay.mailbox("alice").count() == 0


def test_mail_that_leaves_for_a_server_without_dsn_was_relayed(make_relay):
    relay = make_relay(start=False, zone=PARTNER)
    with Sink(relay.next_hop_port) as sink:
        relay.start()
        send(relay, "carol@partner.test", rcpt=["NOTIFY=SUCCESS"])
        sink.wait_for(1)
        [report] = relay.mailbox("alice").wait_for(1)
    _, [carol] = status_of(report)
    assert carol["Action"] == "relayed"
    assert carol["Remote-MTA"].startswith("dns; mx.partner.test[127.0.0.1]")
    assert all(" NOTIFY" not in c for c in sink.commands)


def test_who_wants_to_hear_nothing_gets_no_bounce(make_relay):
    """MTA-37."""
    relay = make_relay(start=False, zone=PARTNER)
    with Sink(relay.next_hop_port, replies={"RCPT": "550 5.1.1 no"}) as sink:
        relay.start()
        send(relay, "carol@partner.test", rcpt=["NOTIFY=NEVER"])
        until(lambda: any("RCPT" in c for c in sink.commands), 10)
        relay.wait_for_empty_queue()
    assert relay.mailbox("alice").count() == 0
    assert relay.metric("postern_mta_queue_bounces_dropped_total") == 1


def test_the_whole_message_comes_back_on_request(make_relay):
    relay = make_relay(start=False, zone=PARTNER)
    with Sink(relay.next_hop_port, replies={"RCPT": "550 5.1.1 no"}):
        relay.start()
        send(relay, "carol@partner.test", mail=["RET=FULL"])
        [report] = relay.mailbox("alice").wait_for(1)
    returned = report.get_payload()[2]
    assert returned.get_content_type() == "message/rfc822"
    assert "A line that starts with a dot." in returned.as_string()


def test_the_sender_hears_once_that_his_mail_is_late(make_relay):
    relay = make_relay(
        {"delay_warning_time": "500ms", "queue": {"retry_waits": ["200ms"]}},
        start=False,
        zone=PARTNER,
    )
    with Sink(relay.next_hop_port, replies={"RCPT": "450 4.2.0 busy"}) as sink:
        relay.start()
        send(relay, "carol@partner.test")
        [report] = relay.mailbox("alice").wait_for(1)
        attempts = len([c for c in sink.commands if c.startswith("RCPT")])
        until(
            lambda: len([c for c in sink.commands if c.startswith("RCPT")])
            >= attempts + 3,
            10,
        )
        _, [carol] = status_of(report)
        assert (carol["Action"], carol["Status"]) == ("delayed", "4.2.0")
        assert carol["Will-Retry-Until"]
        assert report["Subject"] == "Delayed Mail (still being retried)"
        del sink.replies["RCPT"]
        sink.wait_for(1)
    assert relay.mailbox("alice").count() == 1


def test_a_report_asks_for_no_report(make_relay):
    """MTA-38: with the null sender, and NOTIFY=NEVER where it is offered."""
    relay = make_relay(
        {"relay_domains": ["sender.test"]},
        start=False,
        zone=PARTNER + zone.mail_domain("sender.test", "127.0.0.1"),
    )
    replies = DSN_SERVER | {"RCPT carol@partner.test": "550 5.1.1 no"}
    with Sink(relay.next_hop_port, replies=replies) as sink:
        relay.start()
        send(relay, "carol@partner.test", sender="eve@sender.test")
        [report] = sink.wait_for(1)
    assert (report.sender, report.recipients) == ("", ["eve@sender.test"])
    assert "RCPT TO:<eve@sender.test> NOTIFY=NEVER" in sink.commands


UTF8_LETTER = "From: j\u00f6rg@partner.test\r\nSubject: caf\u00e9\r\n\r\nbody\r\n"


def test_mail_with_smtputf8_goes_to_a_server_with_smtputf8(make_relay):
    relay = make_relay(start=False, zone=PARTNER)
    with Sink(relay.next_hop_port, replies=UTF8_SERVER) as sink:
        relay.start()
        send(
            relay,
            "j\u00f6rg@partner.test",
            mail=["SMTPUTF8", "BODY=8BITMIME"],
            content=UTF8_LETTER.encode(),
        )
        [message] = sink.wait_for(1)
    assert "Subject: café".encode() in message.content
    [mail] = [c for c in sink.commands if c.startswith("MAIL")]
    assert mail.endswith(" BODY=8BITMIME SMTPUTF8")
    recipient = message.recipients[0].encode("latin-1").decode()
    assert recipient == "j\u00f6rg@partner.test"


def test_mail_that_needs_smtputf8_comes_back_where_there_is_none(make_relay):
    """MTA-43."""
    relay = make_relay(start=False, zone=PARTNER)
    with Sink(relay.next_hop_port) as sink:
        relay.start()
        send(
            relay,
            "j\u00f6rg@partner.test",
            mail=["SMTPUTF8"],
            content=UTF8_LETTER.encode(),
        )
        relay.mailbox("alice").wait_for(1)
        [raw] = relay.mailbox("alice").raw()
    assert not sink.messages
    assert "Final-Recipient: utf-8; jörg@partner.test\n".encode() in raw
    assert b"Status: 5.6.7\n" in raw
    assert b"Content-Type: message/global-delivery-status\n" in raw


def test_an_international_domain_is_found_and_needs_no_smtputf8(make_relay):
    """MTA-43: U-labels and A-labels are one domain."""
    relay = make_relay(
        start=False, zone=zone.mail_domain("xn--bcher-kva.test", "127.0.0.1")
    )
    with Sink(relay.next_hop_port) as sink:
        relay.start()
        send(relay, "carol@B\u00fccher.test", mail=["SMTPUTF8"])
        [message] = sink.wait_for(1)
    assert message.recipients == ["carol@xn--bcher-kva.test"]
