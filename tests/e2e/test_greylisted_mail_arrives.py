"""smtplib → mta → greylistd: 451, after the delay 250, and in the Maildir."""

import pytest
from kit.greylist import DELAY
from kit.relay import STRANGER, letter
from kit.waiting import until

FROM, TO = "sender@sender.test", "alice@example.org"


@pytest.fixture
def grey(make_greylist):
    return make_greylist()


@pytest.fixture
def relay(make_relay, grey):
    return make_relay(
        {
            "smtpd_recipient_restrictions": [
                "permit_mynetworks",
                "reject_unauth_destination",
                grey.policy_service,
            ]
        }
    )


def send(relay, sender=FROM, to=TO):
    return relay.send(sender, to, source=STRANGER)


def send_until_accepted(relay, sender=FROM):
    until(
        lambda: send(relay, sender)[0] == 250,
        DELAY + 10,
        "the retry accepted",
        every=0.3,
    )


def test_an_unknown_sender_is_deferred_and_gets_through_on_retry(relay, grey):
    code, text = send(relay)
    assert code in (450, 451), text
    assert "Greylisted" in text
    send_until_accepted(relay)
    [message] = relay.mailbox("alice").wait_for(1)
    assert "by greylistd-" in message["X-Greylist"]
    assert "at grey.test" in message["X-Greylist"]
    assert message.get_content().startswith("A line.\n.A line that starts")
    assert grey.metric("postern_greylistd_policy_requests_total") >= 2


def test_a_retry_before_the_delay_is_over_is_deferred_again(
    make_greylist, make_relay
):
    grey = make_greylist({"delay": "60s"})
    relay = make_relay(
        {"smtpd_recipient_restrictions": [grey.policy_service]}
    )
    assert send(relay)[0] in (450, 451)
    assert send(relay)[0] in (450, 451)
    assert relay.mailbox("alice").count() == 0


def test_a_known_sender_is_accepted_at_once(relay):
    send_until_accepted(relay)
    code, text = send(relay)
    assert code == 250, text
    messages = relay.mailbox("alice").wait_for(2)
    assert sum("X-Greylist" in m for m in messages) >= 1


def test_every_sender_is_judged_by_itself(relay):
    send_until_accepted(relay)
    assert send(relay, "another@sender.test")[0] in (450, 451)


def test_mail_from_mynetworks_is_not_greylisted(relay):
    code, text = relay.send(FROM, TO)
    assert code == 250, text


def test_a_restart_of_greylistd_forgets_nobody(relay, grey):
    assert send(relay)[0] in (450, 451)
    grey.restart()
    send_until_accepted(relay)
    grey.restart()
    assert send(relay)[0] == 250


def test_greylistd_killed_between_the_attempts_forgets_no_known_sender(
    relay, grey
):
    send_until_accepted(relay)
    grey.kill()
    grey.start()
    assert send(relay)[0] == 250


def test_a_restart_of_the_relay_changes_nothing(relay):
    assert send(relay)[0] in (450, 451)
    relay.restart()
    send_until_accepted(relay)
    relay.restart()
    assert send(relay)[0] == 250
    relay.mailbox("alice").wait_for(2)


def test_the_relay_accepts_while_greylistd_is_down_and_counts_it(relay, grey):
    grey.stop()
    code, text = send(relay)
    assert code == 250, text
    grey.start()
    assert send(relay, "later@sender.test")[0] in (450, 451)


def test_a_relay_told_so_defers_while_its_policy_service_is_down(
    make_greylist, make_relay
):
    grey = make_greylist()
    relay = make_relay(
        {
            "smtpd_recipient_restrictions": [grey.policy_service],
            "smtpd_policy_service_default_action": "451 4.3.5 try again later",
        }
    )
    grey.stop()
    code, text = send(relay)
    assert code == 451 and text.startswith("4.3.5 "), text
    assert text.endswith("try again later"), text


def test_each_recipient_is_greylisted_by_itself_in_one_transaction(relay):
    with relay.client(STRANGER) as client:
        client.ehlo()
        client.mail(FROM)
        assert client.rcpt("alice@example.org")[0] in (450, 451)
        assert client.rcpt("bob@example.org")[0] in (450, 451)
        assert client.docmd("DATA")[0] in (503, 554)
    until(lambda: _both_accepted(relay), DELAY + 10, "both accepted", every=0.3)
    [for_alice] = relay.mailbox("alice").wait_for(1)
    relay.mailbox("bob").wait_for(1)
    assert len(for_alice.get_all("X-Greylist")) == 1


def _both_accepted(relay):
    with relay.client(STRANGER) as client:
        client.ehlo()
        client.mail(FROM)
        codes = [
            client.rcpt(f"{user}@example.org")[0] for user in ("alice", "bob")
        ]
        if codes != [250, 250]:
            return False
        return client.data(letter(FROM, TO))[0] == 250
