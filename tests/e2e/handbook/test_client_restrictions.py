"""Restricting accesses by the client's address: a table, and DNS lists."""

import pytest
from kit.zone import a, ptr

SENDER, RECIPIENT = "someone@sender.test", "jean@falcot.com"


def listed(address, zone):
    """An address on a list of addresses."""
    reverse = ".".join(reversed(address.split(".")))
    return a(f"{reverse}.{zone}", "127.0.0.2")


def host(address, name):
    return [ptr(address, name), a(name, address)]


ZONE = [
    *host("127.9.0.1", "good.sender.test"),
    *host("127.9.4.1", "x.baddomain.test"),
    *host("127.9.4.2", "x.worsedomain.test"),
    *host("127.9.4.3", "mail.spammer.test"),
    ptr("127.9.4.4", "pretends.baddomain.test"),
    *host("127.9.2.1", "partner.test"),
    *host("127.9.5.1", "one.list.test"),
    *host("127.9.5.2", "two.list.test"),
    a("x.baddomain.test.dbl.spamhaus.org", "127.0.1.2"),
    a("pretends.baddomain.test.dbl.spamhaus.org", "127.0.1.2"),
    a("x.worsedomain.test.rhsbl.sorbs.net", "127.0.0.2"),
    listed("127.9.5.1", "zen.spamhaus.org"),
    listed("127.9.5.2", "dnsbl.sorbs.net"),
    listed("127.9.2.1", "zen.spamhaus.org"),
    listed("127.0.0.1", "zen.spamhaus.org"),
]


@pytest.fixture
def relay(falcot):
    return falcot("client_restrictions", zone=ZONE)


def send(relay, address):
    return relay.send(SENDER, RECIPIENT, source=address)


@pytest.mark.parametrize(
    "address, text",
    [
        (
            "127.9.1.1",
            "<unknown[127.9.1.1]>: Client host rejected: You are not welcome",
        ),
        (
            "127.9.4.3",
            "<mail.spammer.test[127.9.4.3]>: Client host rejected: "
            "Find another server",
        ),
    ],
)
def test_a_client_that_the_table_names_is_rejected(relay, address, text):
    assert send(relay, address) == (554, f"5.7.1 {text}")


@pytest.mark.parametrize(
    "address, what, zone",
    [
        ("127.9.4.1", "Unverified Client host [x.baddomain.test]", "dbl.spamhaus.org"),
        (
            "127.9.4.4",
            "Unverified Client host [pretends.baddomain.test]",
            "dbl.spamhaus.org",
        ),
        ("127.9.4.2", "Unverified Client host [x.worsedomain.test]", "rhsbl.sorbs.net"),
        ("127.9.5.1", "Client host [127.9.5.1]", "zen.spamhaus.org"),
        ("127.9.5.2", "Client host [127.9.5.2]", "dnsbl.sorbs.net"),
    ],
)
def test_a_client_that_a_list_names_is_rejected(relay, address, what, zone):
    text = f"5.7.1 Service unavailable; {what} blocked using {zone}"
    assert send(relay, address) == (554, text)


@pytest.mark.parametrize(
    "address, why",
    [
        ("127.9.0.1", "nobody knows it"),
        ("127.9.2.1", "the table permits its network before a list is asked"),
        ("127.0.0.1", "it is in mynetworks"),
    ],
)
def test_other_clients_may_send(relay, address, why):
    code, text = send(relay, address)
    assert code == 250, (text, why)
    assert relay.mail("jean").wait_for(1)
    assert "event=reject_warning" not in relay.log()


def test_a_client_without_a_name_is_only_warned_about(relay):
    code, text = send(relay, "127.9.9.9")
    assert code == 250, text
    [warning] = [x for x in relay.log().splitlines() if "reject_warning" in x]
    assert "level=warning" in warning
    assert "client=127.9.9.9" in warning
    assert "Client host rejected: cannot find your hostname, [127.9.9.9]" in warning
