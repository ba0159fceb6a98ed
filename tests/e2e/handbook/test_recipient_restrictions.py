"""Restricting mail by its recipient."""

import pytest
from kit.relay import STRANGER

SENDER = "someone@sender.test"


@pytest.fixture
def relay(falcot):
    return falcot("recipient_restrictions")


@pytest.mark.parametrize(
    "recipient, code, why",
    [
        ("someone@elsewhere.test", 554, "Relay access denied"),
        ("nobody@falcot.com", 550, "unknown"),
        ("jean%elsewhere.test@falcot.com", 554, "Relay access denied"),
    ],
)
def test_a_wrong_recipient_is_rejected(relay, recipient, code, why):
    answer = relay.send(SENDER, recipient, source=STRANGER)
    assert answer[0] == code, answer
    assert why in answer[1]


def test_a_user_gets_mail(relay):
    assert relay.send(SENDER, "jean@falcot.com", source=STRANGER)[0] == 250
    assert relay.mail("jean").wait_for(1)


def test_our_own_network_may_send_anywhere(relay):
    code, text = relay.send(SENDER, "someone@elsewhere.test", source="127.0.0.1")
    assert code == 250, text
