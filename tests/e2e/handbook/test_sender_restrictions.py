"""Restricting mail by its sender."""

import pytest
from kit.relay import STRANGER
from kit.zone import a, mail_domain

ZONE = [
    *mail_domain("sender.test"),
    *mail_domain("spammer.test"),
    *mail_domain("listed.test"),
    *mail_domain("machine"),
    a("listed.test.rhsbl.sorbs.net", "127.0.0.2"),
]


@pytest.fixture
def relay(falcot):
    return falcot("sender_restrictions", zone=ZONE)


def send(relay, sender):
    return relay.send(sender, "jean@falcot.com", source=STRANGER)


@pytest.mark.parametrize(
    "sender, code, status, why",
    [
        ("a@spammer.test", 554, "5.7.1", "We do not want your mail"),
        ("a@mail.spammer.test", 554, "5.7.1", "We do not want your mail"),
        ("a@nowhere.test", 450, "4.1.8", "Domain not found"),
        (
            "nobody@falcot.com",
            550,
            "5.1.0",
            "User unknown in virtual mailbox table",
        ),
        ("user@machine", 504, "5.5.2", "need fully-qualified address"),
    ],
)
def test_a_wrong_sender_is_rejected(relay, sender, code, status, why):
    text = f"{status} <{sender}>: Sender address rejected: {why}"
    assert send(relay, sender) == (code, text)


def test_a_sender_whose_domain_is_listed_is_rejected(relay):
    assert send(relay, "a@listed.test") == (
        554,
        "5.7.1 Service unavailable; Sender address [a@listed.test] "
        "blocked using rhsbl.sorbs.net",
    )


@pytest.mark.parametrize(
    "sender, why",
    [
        ("a@sender.test", "its domain exists"),
        ("friend@listed.test", "the table permits it before the list is asked"),
        ("jean@falcot.com", "it is a user of ours"),
        ("", "reports have no sender"),
    ],
)
def test_a_good_sender_is_accepted(relay, sender, why):
    code, text = send(relay, sender)
    assert code == 250, (text, why)
    assert relay.mail("jean").wait_for(1)
