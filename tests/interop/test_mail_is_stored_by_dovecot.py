"""Delivery over LMTP into Debian's Dovecot: a result for each recipient."""

import pytest
from kit.dovecot import Dovecot
from kit.waiting import until

FROM = "sender@far.test"


@pytest.fixture
def dovecot(folder):
    with Dovecot(folder / "dovecot") as store:
        yield store


def relay_into(make_relay, next_hop):
    """A relay whose mailbox domain is stored elsewhere, and which takes any
    recipient there."""
    return make_relay(
        {
            "mydestination": [],
            "virtual_mailbox_maps": ["inline:{ {@example.org=x/} }"],
            "routing": {"virtual_transport": f"lmtp:{next_hop}"},
        }
    )


@pytest.mark.parametrize("way", ["socket", "port"])
def test_mail_is_in_the_mailbox(make_relay, dovecot, way):
    next_hop = {
        "socket": f"unix:{dovecot.socket}",
        "port": f"inet:127.0.0.1:{dovecot.port}",
    }[way]
    relay = relay_into(make_relay, next_hop)
    assert relay.send(FROM, ["alice@example.org", "bob@example.org"])[0] == 250
    for user in ("alice", "bob"):
        [message] = dovecot.mailbox(user).wait_for(1)
        assert message["Return-Path"] == f"<{FROM}>"
    relay.wait_for_empty_queue()
    assert relay.metric(
        "postern_mta_delivery_recipients_total", transport="lmtp", status="sent"
    ) == 2


def test_each_recipient_of_one_transaction_has_its_own_result(
    make_relay, dovecot
):
    relay = relay_into(make_relay, f"unix:{dovecot.socket}")
    names = ("alice", "nobody", "full", "bob")
    assert relay.send(FROM, [f"{name}@example.org" for name in names])[0] == 250
    for user in ("alice", "bob"):
        dovecot.mailbox(user).wait_for(1)

    def line(name):
        lines = [
            text
            for text in relay.log().splitlines()
            if "event=delivery" in text and f"to={name}@example.org" in text
        ]
        return lines[0] if lines else ""

    until(lambda: all(line(name) for name in names), 20, "all results")
    assert "status=sent" in line("alice") and "status=sent" in line("bob")
    assert "status=bounced" in line("nobody") and "dsn=5.1.1" in line("nobody")
    assert "status=bounced" in line("full") and "dsn=5.2.2" in line("full")
    # One session took all of them.
    assert "relay=unix[" in line("alice")
    assert relay.metric(
        "postern_mta_smtp_transactions_total", connection="fresh"
    ) == 1
