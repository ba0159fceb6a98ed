"""reject_rbl_client and its kin against a test zone: one list that has the
client, one that is dead, one that welcomes it."""

import socket
import time

import pytest
from kit import zone
from kit.relay import STRANGER

# STRANGER, 127.9.0.1, the other way round.
REVERSED = "1.0.9.127"


def txt(name, text):
    return f'{name}. 300 IN TXT "{text}"'


@pytest.fixture
def silent_dns():
    """A name server that never answers: "127.0.0.1:port"."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{server.getsockname()[1]}"


def relay_with(make_relay, restrictions, records=(), **more):
    return make_relay(
        {"smtpd_client_restrictions": restrictions, **more}, zone=list(records)
    )


def test_a_listed_client_is_refused_and_told_why(make_relay):
    relay = relay_with(
        make_relay,
        ["reject_rbl_client other.test", "reject_rbl_client bl.test"],
        [
            zone.a(f"{REVERSED}.bl.test", "127.0.0.2"),
            txt(f"{REVERSED}.bl.test", "spam source"),
        ],
    )
    code, text = relay.send("a@sender.test", "alice@example.org", STRANGER)
    assert code == 554
    assert text == (
        f"5.7.1 Service unavailable; Client host [{STRANGER}] blocked using "
        "bl.test; spam source"
    )
    assert relay.send("a@sender.test", "alice@example.org")[0] == 250
    assert (
        relay.metric(
            "postern_mta_dnsbl_questions_total", zone="bl.test", result="listed"
        )
        == 1
    )


def test_a_senders_domain_can_be_listed_with_a_filter(make_relay):
    relay = make_relay(
        {
            "smtpd_sender_restrictions": [
                "reject_rhsbl_sender rhs.test=127.0.0.[2;4..8]"
            ]
        },
        zone=[
            zone.a("spammer.test.rhs.test", "127.0.0.5"),
            zone.a("harmless.test.rhs.test", "127.0.0.3"),
        ],
    )
    code, text = relay.send("a@spammer.test", "alice@example.org", STRANGER)
    assert code == 554
    assert "Sender address [a@spammer.test] blocked using rhs.test" in text
    code, text = relay.send("a@harmless.test", "alice@example.org", STRANGER)
    assert code == 250, text


def test_a_dead_list_costs_its_deadline_once_and_stops_nobody(
    make_relay, silent_dns
):
    relay = relay_with(
        make_relay,
        [
            "reject_rbl_client dead.example",
            "reject_rbl_client gone.example",
            "reject_rbl_client bl.test",
        ],
        [zone.a(f"{REVERSED}.bl.test", "127.0.0.2")],
        smtpd_dnsbl_timeout="1s",
        dns={"servers": [silent_dns]},
    )
    begun = time.monotonic()
    code, text = relay.send(
        "a@sender.test", ["alice@example.org", "bob@example.org"], STRANGER
    )
    took = time.monotonic() - begun
    assert code == 554 and "bl.test" in text, text
    # Both were asked at the same time, and for the first recipient only. The
    # rest is the look-up of the client's name.
    assert took < 9, took
    for dead in ("dead.example", "gone.example"):
        assert (
            relay.metric(
                "postern_mta_dnsbl_questions_total", zone=dead, result="failed"
            )
            == 2
        )
        # The second recipient's question at least; the second list's first
        # one, too, if it had failed already.
        hits = relay.metric("postern_mta_dnsbl_cache_hits_total", zone=dead)
        assert hits in (1, 2), dead
    assert relay.log().count("event=dnsbl_failed") == 2


def test_a_welcomed_client_is_not_asked_about_elsewhere(make_relay):
    relay = relay_with(
        make_relay,
        ["permit_dnswl_client wl.test", "reject_rbl_client bl.test"],
        [
            zone.a(f"{REVERSED}.wl.test", "127.0.5.1"),
            zone.a(f"{REVERSED}.bl.test", "127.0.0.2"),
        ],
    )
    code, text = relay.send("a@sender.test", "alice@example.org", STRANGER)
    assert code == 250, text
    code, text = relay.send("a@sender.test", "x@elsewhere.test", STRANGER)
    assert code == 554 and "bl.test" in text, "a welcome is no open relay"
