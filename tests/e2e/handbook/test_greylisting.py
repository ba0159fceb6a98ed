"""Greylisting: the policy service on port 10023 is asked about strangers."""

import pytest
from kit.greylist import DELAY
from kit.relay import STRANGER
from kit.waiting import until

SENDER, RECIPIENT = "someone@sender.test", "jean@falcot.com"


@pytest.fixture
def relay(falcot, make_greylist):
    grey = make_greylist()
    service = grey.policy_service.split(maxsplit=1)[1]
    return falcot("greylisting", put={"inet:127.0.0.1:10023": service})


def test_a_stranger_has_to_come_back(relay):
    code, text = relay.send(SENDER, RECIPIENT, source=STRANGER)
    assert code in (450, 451), text
    until(
        lambda: relay.send(SENDER, RECIPIENT, source=STRANGER)[0] == 250,
        DELAY + 10,
        "the retry accepted",
        every=0.3,
    )
    assert relay.mail("jean").wait_for(1)


def test_our_own_network_does_not_wait(relay):
    code, text = relay.send(SENDER, RECIPIENT, source="127.0.0.1")
    assert code == 250, text


def test_nobody_is_asked_about_mail_for_others(relay):
    code, text = relay.send(SENDER, "someone@elsewhere.test", source=STRANGER)
    assert code == 554, text
