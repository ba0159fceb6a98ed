"""posternctl queue: filters, and what is done to the messages they find."""

import json

import pytest

from kit import zone
from kit.sink import Sink
from kit.waiting import until

FROM = "alice@example.org"


@pytest.fixture
def relay(make_relay):
    """Three messages wait for hosts that do not answer; bob and alice of
    example.org would get theirs."""
    relay = make_relay(
        {"queue": {"retry_waits": ["1h"]}},
        zone=[
            *zone.mail_domain("partner.test", "127.0.0.1"),
            *zone.mail_domain("other.test", "127.0.0.1"),
        ],
    )
    relay.send(FROM, "carol@partner.test")
    relay.send("bob@example.org", "dan@partner.test")
    relay.send(FROM, "eve@other.test")
    until(
        lambda: relay.metric("postern_mta_queue_messages", state="deferred") == 3,
        10,
        "all three wait",
    )
    return relay


def listed(relay, *filters):
    """The recipients of the messages that a filter finds."""
    result = relay.ctl("--json", "queue", "list", *filters)
    assert result.returncode == 0, result.stderr
    return [
        message["recipients"][0]["address"]
        for message in json.loads(result.stdout)["messages"]
    ]


def done(relay, *words):
    result = relay.ctl("queue", *words)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_filters_find_what_they_say(relay):
    carol, dan, eve = "carol@partner.test", "dan@partner.test", "eve@other.test"
    for filters, want in (
        ([], [carol, dan, eve]),
        (["--sender", "ALICE@"], [carol, eve]),
        (["--recipient", "dan"], [dan]),
        (["--domain", "Partner.test"], [carol, dan]),
        (["--domain", "test"], []),
        (["--reason", "4.4"], [carol, dan, eve]),
        (["--reason", "quota"], []),
        (["--older-than", "1h"], []),
        (["--newer-than", "1h", "--state", "deferred,held"], [carol, dan, eve]),
        (["--state", "held"], []),
        (["--limit", "2"], [carol, dan]),
    ):
        assert listed(relay, *filters) == want, filters
    assert "There may be more" in done(relay, "list", "--limit", "2")


def test_one_destination_is_flushed(relay):
    with Sink(relay.next_hop_port) as sink:
        assert done(relay, "flush", "--domain", "other.test") == "Due now: 1\n"
        [message] = sink.wait_for(1)
    assert message.recipients == ["eve@other.test"]


def test_a_dry_run_changes_nothing(relay):
    said = done(relay, "delete", "--domain", "partner.test", "--dry-run")
    assert said == "Would be changed: 2\n"
    assert len(listed(relay)) == 3
    assert done(relay, "delete", "--domain", "partner.test") == "Deleted: 2\n"
    assert listed(relay) == ["eve@other.test"]


def test_bounced_mail_goes_back_to_its_sender(relay):
    said = done(relay, "bounce", "--recipient", "dan@", "--text", "5.1.2 no host")
    assert said == "Bounced: 1\n"
    [bounce] = relay.mailbox("bob").wait_for(1)
    text = bounce.as_string()
    assert "Status: 5.1.2" in text and "no host" in text
    assert len(listed(relay)) == 2


def test_redirected_mail_goes_to_somebody_else(relay):
    refused = relay.ctl("queue", "redirect", "--domain", "other.test", FROM)
    assert refused.returncode == 64 and "--yes" in refused.stderr
    words = ("redirect", "--domain", "other.test", "--yes", FROM)
    assert done(relay, *words) == "Redirected: 1\n"
    relay.mailbox("alice").wait_for(1)
    assert len(listed(relay)) == 2


def test_requeued_mail_takes_the_way_of_now(make_relay):
    relay = make_relay(
        {"queue": {"retry_waits": ["1h"]}, "virtual_alias_maps": ["inline:{x@example.org=bob@example.org}"]},
        zone=zone.mail_domain("partner.test", "127.0.0.1"),
    )
    relay.send(FROM, "carol@partner.test")
    until(lambda: "deferred" in relay.queue(), 10, "it waits")
    relay.config["virtual_alias_maps"] = [
        "inline:{carol@partner.test=bob@example.org}"
    ]
    relay.reload()
    until(lambda: relay.metric("postern_mta_reloads_total"), 10, "reload")
    assert done(relay, "requeue", "--all") == "Requeued: 1\n"
    relay.mailbox("bob").wait_for(1)
    relay.wait_for_empty_queue()
