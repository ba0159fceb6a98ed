"""Reports with the operator's texts, to the postmaster, and not too many."""

import pytest

from kit import zone
from kit.sink import Sink
from kit.waiting import stays, until

PARTNER = zone.mail_domain("partner.test", "127.0.0.1")
NOBODY = {"RCPT": "550 5.1.1 no such user"}
DROPPED = "postern_mta_queue_bounces_dropped_total"

TEMPLATES = """\
failure_template = <<EOF
Charset: utf-8
From: MAILER-DAEMON (Post)
Subject: It came back

Grüße von $myhostname; wir versuchten es ${maximal_queue_lifetime_days} Tage.
EOF
"""


@pytest.fixture
def refusing(make_relay):
    """Makes a relay whose next hop knows nobody."""
    sinks = []

    def make(config):
        relay = make_relay(config, zone=PARTNER)
        sinks.append(Sink(relay.next_hop_port, replies=NOBODY))
        return relay

    yield make
    for one in sinks:
        one.close()


def test_a_report_has_the_text_of_the_template(refusing, tmp_path):
    file = tmp_path / "bounce.cf"
    file.write_text(TEMPLATES)
    relay = refusing({"bounce_template_file": str(file)})
    assert relay.send("alice@example.org", "x@partner.test")[0] == 250
    [report] = relay.mailbox("alice").wait_for(1)
    assert report["Subject"] == "It came back"
    assert report["From"] == "MAILER-DAEMON@relay.test"
    text = report.get_payload()[0]
    assert text.get_content_charset() == "utf-8"
    first, *rest = text.get_content().splitlines()
    assert first == "Grüße von relay.test; wir versuchten es 5 Tage."
    assert "<x@partner.test>: mx.partner.test[127.0.0.1]" in "\n".join(rest)
    assert "mail system" not in text.get_content()


def test_the_postmaster_hears_once_of_what_nobody_can_be_told(refusing):
    """MTA-38"""
    relay = refusing({"double_bounce_notice_recipient": "postmaster@example.org"})
    assert relay.send("", "x@partner.test")[0] == 250
    [notice] = relay.mailbox("postmaster").wait_for(1)
    assert notice["Subject"] == "Undelivered Mail without a Sender"
    assert notice["Return-Path"] == "<>"
    status = notice.get_payload()[1].get_payload()
    assert status[0]["X-Postern-Sender"].strip() == "rfc822;"
    assert status[1]["Final-Recipient"] == "rfc822; x@partner.test"
    relay.wait_for_empty_queue()


def test_a_notice_to_the_postmaster_that_fails_is_the_end_of_it(refusing):
    """MTA-38"""
    relay = refusing({"double_bounce_notice_recipient": "root@partner.test"})
    assert relay.send("", "x@partner.test")[0] == 250
    until(lambda: relay.metric(DROPPED) == 1, 20, "the notice is dropped")
    relay.wait_for_empty_queue()
    assert relay.metric("postern_mta_queue_bounces_total") == 1


def test_one_reader_gets_so_many_reports(refusing):
    """MTA-38"""
    relay = refusing({"queue": {"reader_report_rate_limit": 2}})
    for _ in range(5):
        assert relay.send("alice@example.org", "x@partner.test")[0] == 250
    until(lambda: relay.metric(DROPPED) == 3, 20, "three are not written")
    relay.mailbox("alice").wait_for(2)
    stays(lambda: relay.mailbox("alice").count() == 2, 0.5)
    relay.wait_for_empty_queue()
