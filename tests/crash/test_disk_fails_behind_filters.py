"""The disk fills up while filters look at a message: nothing of it is stored,
the client is told to come again, and no filter is blamed."""

import errno

import pytest
from kit import milter_server as milter
from kit.faults import Faults
from kit.milter_server import MilterServer
from kit.waiting import until
from load import content

SENDER, TO = "a@sender.test", "alice@example.org"


@pytest.fixture
def faults(tmp_path):
    return Faults(tmp_path, tmp_path / "relay" / "spool")


@pytest.fixture
def server():
    with MilterServer() as one:
        one.changes = [
            milter.insert_header(0, "X-Filtered", "1"),
            milter.replace_body(b"new\r\n" * 20_000),
        ]
        yield one


@pytest.fixture
def relay(make_relay, faults, server):
    milter_ = {
        "name": "m",
        "endpoints": [f"inet:127.0.0.1:{server.port}"],
        "on_failure": "reject",
    }
    relay = make_relay(
        {"filters": {"milters": [milter_], "smtpd_milters": ["m"]}},
        name="relay", start=False,
    )
    relay.environment = faults.environment
    return relay.start()


def send(client, token, size):
    """The code of the last reply of one message."""
    assert client.mail(SENDER)[0] == 250
    assert client.rcpt(TO)[0] == 250
    return client.data(content(token, size))[0]


def tokens(relay):
    return {message["X-Token"] for message in relay.mailbox("alice").messages()}


def assert_nobody_is_blamed(relay):
    assert relay.metric("postern_mta_milter_failures_total") == 0
    assert relay.metric("postern_mta_milter_messages_total", verdict="reject") == 0
    log = relay.log()
    assert "event=milter_failed" not in log and "event=milter_reject" not in log
    assert "event=spool_failed" in log


# The first stays in memory until it is committed, the second has a file.
@pytest.mark.parametrize("size", [4_000, 3_000_000])
def test_the_disk_is_full_once_the_filters_have_said_yes(
    relay, faults, server, size
):
    def fill(told):
        faults.fail("write", errno.ENOSPC)
        return [milter.CONTINUE]

    with relay.client() as client:
        client.ehlo()
        server.replies["E"] = fill
        assert send(client, "cut", size) == 452
        assert relay.metric("postern_mta_queue_messages") == 0
        assert_nobody_is_blamed(relay)
        server.replies.clear()
        faults.heal()
        # The same session, and the same connection to the filter.
        until(lambda: client.mail(SENDER)[0] == 250, 20, "room at MAIL")
        client.rset()
        assert send(client, "after", size) == 250
    [message] = relay.mailbox("alice").wait_for(1)
    assert message["X-Filtered"] == "1"
    assert tokens(relay) == {"after"}
    assert server.connections == 1


def test_filters_are_told_that_a_message_that_cannot_be_kept_is_over(
    relay, faults, server
):
    with relay.client() as client:
        client.ehlo()
        client.mail(SENDER)
        client.rcpt(TO)
        faults.fail("write", errno.ENOSPC)  # Before its content comes.
        assert client.data(content("cut", 3_000_000))[0] == 452
        assert "E" not in server.commands
        assert_nobody_is_blamed(relay)
        client.noop()
        faults.heal()
        until(lambda: client.mail(SENDER)[0] == 250, 20, "room at MAIL")
        client.rset()
        assert send(client, "after", 4_000) == 250
    # The one that is over is never taken for the beginning of the next.
    told = "".join(x for x in server.commands if x in "MRTAE")
    assert told.startswith("MRTA"), told
    assert told.endswith("MRTE"), told
