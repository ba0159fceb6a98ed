"""HOLD: mail that waits for a person."""

from kit import zone
from kit.sink import Sink
from kit.waiting import stays, until

FROM = "alice@example.org"


def waiting_relay(make_relay, **queue):
    relay = make_relay(
        {"queue": queue},
        zone=zone.mail_domain("partner.test", "127.0.0.1"),
    )
    relay.send(FROM, "carol@partner.test")
    until(lambda: "deferred" in relay.queue(), 10, "it waits")
    return relay


def held(relay):
    return relay.metric("postern_mta_queue_messages", state="held")


def test_held_mail_is_left_alone_until_it_is_released(make_relay):
    relay = waiting_relay(
        make_relay, retry_waits=["200ms"], maximal_queue_lifetime="2s"
    )
    done = relay.ctl("queue", "hold", "--all")
    assert (done.returncode, done.stdout) == (0, "Held: 1\n"), done.stderr
    [line] = [x for x in relay.queue().splitlines() if "carol@" in x]
    queue_id, state = line.split()[:2]
    assert queue_id.endswith("!") and state == "held"
    assert held(relay) == 1
    with Sink(relay.next_hop_port) as sink:
        relay.restart()
        assert relay.ctl("queue", "flush", "--all").returncode == 0
        # Longer than the queue's lifetime: it is not bounced either.
        stays(lambda: not sink.commands and held(relay) == 1, 2.5)
        released = relay.ctl("queue", "release", queue_id.rstrip("!"))
        assert released.returncode == 0, released.stderr
        [message] = sink.wait_for(1)
        relay.wait_for_empty_queue()
    assert message.recipients == ["carol@partner.test"]
    assert relay.mailbox("alice").count() == 0


def test_held_mail_can_be_shown_and_deleted(make_relay):
    relay = waiting_relay(make_relay, retry_waits=["1h"])
    relay.ctl("queue", "hold", "ALL")
    queue_id = relay.queue().splitlines()[1].split()[0].rstrip("!")
    assert "State:     held" in relay.ctl("queue", "show", queue_id).stdout
    assert relay.ctl("queue", "flush", queue_id).returncode != 0
    assert relay.ctl("queue", "delete", queue_id).returncode == 0
    assert held(relay) == 0
