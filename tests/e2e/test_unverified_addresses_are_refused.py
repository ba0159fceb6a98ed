"""reject_unverified_sender and reject_unverified_recipient: probes go to the
address's own host, end after RCPT and are remembered."""

from kit import zone
from kit.relay import STRANGER
from kit.sink import Sink

ZONE = zone.mail_domain("sender.test") + zone.mail_domain("partner.test")


def test_a_sender_whose_host_does_not_know_it_is_refused(make_relay):
    relay = make_relay(
        {
            "smtpd_sender_restrictions": ["reject_unverified_sender"],
            "unverified_sender_reject_code": 550,
        },
        start=False,
        zone=ZONE,
    )
    replies = {"RCPT nobody@sender.test": "550 5.1.1 no such user"}
    with Sink(relay.next_hop_port, replies=replies) as sink:
        relay.start()
        for _ in range(2):
            code, text = relay.send(
                "nobody@sender.test", "alice@example.org", STRANGER
            )
            assert code == 550, text
            assert text.startswith(
                "5.1.7 <nobody@sender.test>: Sender address rejected: "
                "unverified address: "
            )
            assert "no such user" in text
        code, text = relay.send("a@sender.test", "alice@example.org", STRANGER)
        assert code == 250, text
        code, text = relay.send("", "alice@example.org", STRANGER)
        assert code == 250, text
        mails = [x for x in sink.commands if x.upper().startswith("MAIL")]
        assert len(mails) == 2, "one probe an address"
        assert all("<double-bounce@relay.test>" in x for x in mails)
        assert not [x for x in sink.commands if x.upper() == "DATA"]
        assert not sink.messages


def test_a_recipient_is_asked_for_at_the_next_hop(make_relay):
    relay = make_relay(
        {
            "relay_domains": ["partner.test"],
            "smtpd_recipient_restrictions": ["reject_unverified_recipient"],
        },
        start=False,
        zone=ZONE,
    )
    replies = {"RCPT nobody@partner.test": "550 5.1.1 no such user"}
    with Sink(relay.next_hop_port, replies=replies) as sink:
        relay.start()
        code, text = relay.send("a@sender.test", "nobody@partner.test", STRANGER)
        assert code == 450, text
        assert text.startswith("4.1.1 <nobody@partner.test>: Recipient address")
        code, text = relay.send("a@sender.test", "carol@partner.test", STRANGER)
        assert code == 250, text
        [message] = sink.wait_for(1)
        assert message.recipients == ["carol@partner.test"]
    code, text = relay.send("a@sender.test", "nobody@example.org", STRANGER)
    assert code in (450, 550) and "User unknown" in text, text


def test_others_may_verify_the_sender_of_our_probes(make_relay):
    relay = make_relay({"smtpd_recipient_restrictions": ["reject"]})
    with relay.client(STRANGER) as client:
        client.ehlo()
        client.mail("")
        assert client.rcpt("double-bounce@relay.test")[0] == 250
        code, text = client.docmd("DATA")
        assert code == 503, "nothing is ever delivered there"
        client.rset()
        client.mail("")
        assert client.rcpt("alice@example.org")[0] == 554


def test_a_host_that_is_down_defers_and_what_is_known_still_counts(make_relay):
    relay = make_relay(
        {
            "smtpd_sender_restrictions": ["reject_unverified_sender"],
            "address_verify_map": "verify",
        },
        start=False,
        zone=ZONE,
    )
    relay.config["address_verify_map"] = str(relay.folder / "verify")
    relay.write_config()
    with Sink(relay.next_hop_port):
        relay.start()
        code, text = relay.send("a@sender.test", "alice@example.org", STRANGER)
        assert code == 250, text
    code, text = relay.send("b@sender.test", "alice@example.org", STRANGER)
    assert code == 450, text
    relay.restart()
    code, text = relay.send("a@sender.test", "alice@example.org", STRANGER)
    assert code == 250, text
