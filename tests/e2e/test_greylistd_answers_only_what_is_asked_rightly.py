"""The policy protocol from its hostile side, and greylistd's own rules."""

import os
import socket
import stat
import time

import pytest
from kit.greylist import waits
from kit.policy_client import PolicyClient, request
from kit.waiting import stays, until

MALFORMED = {
    "a line without an equals sign": b"nonsense\n\n",
    "a line without a name": b"=value\n\n",
    "no request attribute": b"sender=a@b.test\n\n",
    "another request": b"request=junk_mail_policy\n\n",
    "a NUL": request(sender="a\0b@sender.test"),
    "a bare CR": request(sender="a\rb@sender.test"),
    "a value of 64 KiB": request(sender="a" * 65536),
    "a thousand attributes": request(**{f"x{n}": "y" for n in range(1000)}),
    "bytes that are no text": os.urandom(4096) + b"\n\n",
}


@pytest.fixture
def grey(make_greylist):
    return make_greylist()


@pytest.mark.parametrize("why", MALFORMED)
def test_a_malformed_request_closes_the_connection_and_is_counted(grey, why):
    """INJ-13: nothing behind it is read."""
    with PolicyClient(grey.port) as client:
        client.send(MALFORMED[why] + request())
        assert client.answer() is None
    until(
        lambda: grey.metric("postern_greylistd_policy_malformed_total") == 1,
        what="the metric",
    )
    assert waits(grey.ask())


def test_requests_sent_together_are_answered_in_their_order(grey):
    with PolicyClient(grey.port) as client:
        client.send(
            request(recipient="a@example.org")
            + request(protocol_state="RCPT", sender=None)
            + request(recipient="b@other.test")
        )
        answers = [client.answer() for _ in range(3)]
    assert "help/example.org" in answers[0]
    assert answers[1] == "DUNNO"
    assert "help/other.test" in answers[2]


def test_a_request_that_comes_byte_by_byte_is_understood(grey):
    with PolicyClient(grey.port) as client:
        for byte in request():
            client.send(bytes([byte]))
        assert waits(client.answer())


def test_half_a_request_holds_a_connection_for_bounded_time(make_greylist):
    grey = make_greylist(
        {"policy": {"request_timeout": "0.3s", "idle_timeout": "1s"}}
    )
    with PolicyClient(grey.port) as client:
        client.send(b"request=smtpd_access_policy\n")
        started = time.monotonic()
        assert client.answer() is None
        assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "missing", ["sender", "recipient", "client_address"]
)
def test_a_missing_attribute_makes_nobody_wait(grey, missing):
    assert grey.ask(**{missing: None}) == "DUNNO"


def test_other_stages_than_rcpt_make_nobody_wait(grey):
    assert grey.ask(sender="", recipient="", protocol_state="CONNECT") == "DUNNO"


def test_a_unix_socket_has_the_mode_that_it_was_given(make_greylist, folder):
    path = folder / "policy"
    grey = make_greylist(
        {"policy": {"listen": [f"unix:{path}"], "socket_mode": "0600"}}
    )
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with PolicyClient(path=path) as client:
        assert waits(client.ask())
    grey.stop()
    assert not path.exists()


def test_one_network_is_one_client_and_a_subscriber_pool_is_not(grey):
    assert waits(grey.ask(client_address="192.0.2.10"))
    assert not waits(grey.pass_after_delay(client_address="192.0.2.99"))
    pool = {
        "client_address": "198.51.100.77",
        "client_name": "dsl-100-77.pool.test",
    }
    assert waits(grey.ask(**pool))
    grey.pass_after_delay(**pool)
    assert waits(grey.ask(client_address="198.51.100.78"))


def test_an_ipv4_mapped_address_is_its_ipv4_address(grey):
    grey.ask(client_address="192.0.2.10")
    assert not waits(grey.pass_after_delay(client_address="::ffff:192.0.2.10"))


def test_ipv6_clients_are_taken_by_64_bits(grey):
    grey.ask(client_address="2001:db8:1:2::10")
    assert not waits(grey.pass_after_delay(client_address="2001:db8:1:2::99"))
    assert waits(grey.ask(client_address="2001:db8:1:3::10"))


def test_a_sender_with_changing_numbers_is_one_sender(grey):
    """VERP, BATV and extensions, as postgrey takes them."""
    grey.ask(sender="list-bounce-123@sender.test")
    assert not waits(
        grey.pass_after_delay(sender="list-bounce-456@sender.test")
    )
    assert not waits(grey.ask(sender="list-bounce-789+x@sender.test"))


def test_the_header_is_given_once_a_message(grey):
    both = {"instance": "one.message"}
    grey.ask(recipient="a@example.org")
    grey.ask(recipient="b@example.org")
    grey.pass_after_delay(recipient="a@example.org", instance="warm-up")
    first = grey.ask(recipient="b@example.org", **both)
    assert first.startswith("PREPEND X-Greylist: delayed ")
    assert grey.ask(recipient="b@example.org", **both) == "DUNNO"


def test_clients_that_have_proved_to_retry_wait_no_more(make_greylist):
    grey = make_greylist({"auto_allow": {"after": 1}})
    grey.ask()
    grey.pass_after_delay()
    assert not waits(grey.ask(sender="never-seen@sender.test"))
    assert waits(grey.ask(client_address="192.0.2.11", sender="n@s.test"))


def test_clients_who_logged_in_never_wait(grey):
    assert not waits(grey.ask(sasl_username="alice"))


def test_monitor_mode_makes_nobody_wait_and_counts(make_greylist):
    grey = make_greylist({"mode": "monitor"})
    assert not waits(grey.ask())


def test_an_allowlist_is_read_again_when_it_changes(make_greylist, folder):
    allowed = folder / "clients"
    allowed.write_text("192.0.2.1\n")
    grey = make_greylist(
        {"client_allowlists": [str(allowed)], "delay": "1h"}
    )
    assert not waits(grey.ask(client_address="192.0.2.1"))
    assert waits(grey.ask(client_address="198.51.100.1"))
    allowed.write_text("198.51.100.0/24\n/^mx[0-9]\\.friend\\.test$/\n")
    until(
        lambda: not waits(
            grey.ask(client_address="198.51.100.1", sender="new@s.test")
        ),
        10,
        "the new list in use",
        every=0.2,
    )
    assert not waits(
        grey.ask(client_address="203.0.113.9", client_name="mx1.friend.test")
    )


def test_a_broken_allowlist_keeps_the_old_one_in_use(make_greylist, folder):
    allowed = folder / "clients"
    allowed.write_text("192.0.2.1\n")
    grey = make_greylist({"client_allowlists": [str(allowed)]})
    allowed.write_text("/(/\n")
    grey.reload()
    stays(
        lambda: grey.is_running()
        and not waits(grey.ask(client_address="192.0.2.1")),
        1.5,
        "the old list in use",
    )


def test_recipients_have_delays_of_their_own_or_none(make_greylist):
    grey = make_greylist(
        {
            "delay": "1h",
            "allow_recipients": ["postmaster@"],
            "rules": [
                {"recipients": ["nowait@example.org"], "skip": True},
                {"recipients": ["short.test"], "delay": "1s"},
            ],
        }
    )
    assert not waits(grey.ask(recipient="postmaster@example.org"))
    assert not waits(grey.ask(recipient="nowait@example.org"))
    grey.ask(recipient="x@short.test")
    assert not waits(grey.pass_after_delay(recipient="x@short.test"))
    assert waits(grey.ask(recipient="other@example.org"))


def test_a_flood_of_invented_senders_does_not_fill_the_store(make_greylist):
    grey = make_greylist({"max_pending_per_network": 50})
    with PolicyClient(grey.port) as client:
        for number in range(500):
            assert waits(client.ask(sender=f"u{number}@flood.test"))
    assert waits(grey.ask(client_address="198.51.100.1"))
    assert not waits(grey.pass_after_delay(client_address="198.51.100.1"))


def test_sigterm_answers_what_was_asked_and_closes(grey):
    with PolicyClient(grey.port) as idle, PolicyClient(grey.port) as busy:
        assert waits(busy.ask())
        busy.send(request(sender="last@sender.test"))
        assert waits(busy.answer())
        assert grey.stop() == 0
        assert idle.answer() is None
        assert busy.answer() is None
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", grey.port), timeout=1)


def test_the_operator_can_look_allow_and_forget(grey):
    grey.ask()
    shown = grey.ctl("greylist", "list")
    assert shown.returncode == 0, shown.stderr
    assert "sender@sender.test" in shown.stdout
