"""Filtering by recipient: classes of restrictions, which a table names."""

import pytest
from kit.greylist import DELAY
from kit.relay import STRANGER
from kit.sink import Sink
from kit.waiting import until
from kit.zone import a, mail_domain

SENDER = "someone@sender.test"
LISTED = "127.9.5.1"
ZONE = [
    *mail_domain("sender.test"),
    a("1.5.9.127.sbl-xbl.spamhaus.org", "127.0.0.4"),
]


@pytest.fixture
def relay(falcot, make_greylist):
    grey = make_greylist()
    service = grey.policy_service.split(maxsplit=1)[1]
    return falcot(
        "restriction_classes", zone=ZONE, put={"inet:127.0.0.1:10023": service}
    )


def send(relay, user, source=STRANGER, sender=SENDER):
    return relay.send(sender, f"{user}@falcot.com", source=source)


def is_greylisted(answer, user):
    code, text = answer
    place = f"<{user}@falcot.com>: Recipient address rejected: Greylisted"
    return code == 450 and text.startswith(f"4.2.0 {place}")


def passes_after_delay(relay, user):
    return until(
        lambda: send(relay, user)[0] == 250,
        DELAY + 10,
        "the retry accepted",
        every=0.3,
    )


@pytest.mark.parametrize("user", ["postmaster", "support", "sales-asia"])
def test_permissive_lets_everything_pass(relay, user):
    code, text = send(relay, user, source=LISTED)
    assert code == 250, text
    assert relay.mail(user).wait_for(1)


def test_aggressive_asks_the_list_and_greylists_the_rest(relay):
    assert send(relay, "joe", source=LISTED) == (
        554,
        f"5.7.1 Service unavailable; Client host [{LISTED}] "
        "blocked using sbl-xbl.spamhaus.org",
    )
    answer = send(relay, "joe")
    assert is_greylisted(answer, "joe"), answer
    passes_after_delay(relay, "joe")
    assert relay.mail("joe").wait_for(1)


def test_greylisting_is_for_everyone_else(relay):
    for source in (STRANGER, LISTED):
        answer = send(relay, "jean", source=source)
        assert is_greylisted(answer, "jean"), answer
    passes_after_delay(relay, "jean")
    assert relay.mail("jean").wait_for(1)


def test_the_mailing_lists_take_mail_only_from_senders_that_exist(relay):
    replies = {"RCPT nobody@sender.test": "550 5.1.1 no such user"}
    with Sink(relay.next_hop_port, replies=replies) as sink:
        code, text = send(relay, "sympa", sender="nobody@sender.test")
        assert code == 450, text
        assert text.startswith(
            "4.1.7 <nobody@sender.test>: Sender address rejected: "
            "unverified address: "
        )
        assert "no such user" in text
        code, text = send(relay, "sympa")
        assert code == 250, text
        assert not sink.messages, "a probe is no message"
    assert relay.mail("sympa").wait_for(1)


def test_one_message_is_judged_for_each_recipient_by_its_own_class(relay):
    with relay.client(LISTED) as client:
        client.ehlo()
        client.mail(SENDER)
        users = ("support", "joe", "jean")
        codes = [client.rcpt(f"{user}@falcot.com")[0] for user in users]
    assert codes == [250, 554, 450]


def test_no_class_opens_the_relay(relay):
    code, text = relay.send(SENDER, "postmaster@elsewhere.test", source=STRANGER)
    assert (code, text) == (
        554,
        "5.7.1 <postmaster@elsewhere.test>: Relay access denied",
    )
