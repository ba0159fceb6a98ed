"""Checking what a client says in EHLO."""

import pytest
from kit.relay import STRANGER
from kit.zone import a

OURS = "You're not in our network!"
ZONE = [
    a("mx.sender.test", STRANGER),
    a("mx.spammer.test", STRANGER),
    a("mx.spammer.test.multi.surbl.org", "127.0.0.2"),
    a("falcot.com", "127.0.0.1"),
]


@pytest.fixture
def relay(falcot):
    return falcot("helo_restrictions", zone=ZONE)


def answer(relay, name, source=STRANGER):
    """What the recipient is told, for a client that calls itself `name`."""
    with relay.client(source, name) as client:
        client.ehlo()
        assert client.mail("someone@sender.test")[0] == 250
        code, text = client.rcpt("jean@falcot.com")
        return code, text.decode()


@pytest.mark.parametrize(
    "name, code, text",
    [
        ("falcot.com", 554, f"5.7.1 <falcot.com>: Helo command rejected: {OURS}"),
        (
            "mail.falcot.com",
            554,
            f"5.7.1 <mail.falcot.com>: Helo command rejected: {OURS}",
        ),
        ("my_host!", 501, "5.5.2 <my_host!>: Helo command rejected: Invalid name"),
        (
            "-x.sender.test",
            501,
            "5.5.2 <-x.sender.test>: Helo command rejected: Invalid name",
        ),
        (
            "localhost",
            504,
            "5.5.2 <localhost>: Helo command rejected: "
            "need fully-qualified hostname",
        ),
        (
            "mx.spammer.test",
            554,
            "5.7.1 Service unavailable; Helo command [mx.spammer.test] "
            "blocked using multi.surbl.org",
        ),
    ],
)
def test_a_wrong_name_is_rejected(relay, name, code, text):
    assert answer(relay, name) == (code, text)


def test_a_good_name_is_accepted(relay):
    assert answer(relay, "mx.sender.test")[0] == 250
    assert "event=reject_warning" not in relay.log()


def test_a_name_that_the_dns_does_not_know_is_only_warned_about(relay):
    assert answer(relay, "unknown.sender.test")[0] == 250
    [warning] = [x for x in relay.log().splitlines() if "reject_warning" in x]
    assert "<unknown.sender.test>: Helo command rejected: Host not found" in warning


def test_our_own_network_may_say_anything(relay):
    assert answer(relay, "falcot.com", source="127.0.0.1")[0] == 250
