"""Replicas under load of which one leaves, or the one that takes is killed: every
recipient of a message that had its 250 gets it, is named in a bounce, or is in a
queue, with its age and failures."""

import collections
import threading
import time

import pytest
from kit.replicas import event, make_replicas, waiting
from kit.waiting import until
from ledger import REMOTE, MoodySink
from load import Load, token_of

# So many wait before a relay stops.
WAITING = 60
# And so many that a relay is killed before all of them are over.
MANY = 200


def recipients(token):
    kinds = ("ok", "ok", "late", "never")
    kind = kinds[sum(token.encode()) % len(kinds)]
    return [f"{kind}-{token}@{REMOTE}"]


@pytest.fixture
def three(make_relay, folder):
    with MoodySink() as sink:
        config = {
            "relayhost": f"[127.0.0.1]:{sink.port}",
            "queue": {"retry_waits": ["1s", "5s"], "maximal_queue_lifetime": "1h"},
            "daemon": {"log": {"level": "info"}, "drain": {"timeout": "40s"}},
        }
        yield sink, make_replicas(make_relay, folder, 3, config)


def whereabouts(sink, relays):
    """(delivered, queued): how often each recipient is where."""
    delivered = collections.Counter(
        recipient
        for message in sink.messages
        for recipient in message.recipients
        if token_of(message.content)
    )
    queued = collections.Counter(
        recipient["address"]
        for relay in relays
        for message in relay.listed()
        for recipient in message["recipients"]
    )
    return delivered, queued


def promised(loads):
    return {
        recipient
        for load in loads
        for recipients in load.promised.values()
        for recipient in recipients
    }


def only_never_is_left(relays):
    return all(
        recipient["address"].startswith("never-")
        for relay in relays
        for message in relay.listed()
        for recipient in message["recipients"]
    )


def account(name, sink, relays, loads):
    """Nothing is lost; prints the ledger."""
    until(lambda: only_never_is_left(relays), 90, "the rest", every=0.5)
    wanted = promised(loads)
    delivered, queued = whereabouts(sink, relays)
    lost = wanted - set(delivered) - set(queued)
    twice = {r for r in wanted if delivered[r] + queued[r] > 1}
    print(
        f"{name}: {len(wanted)} recipients accepted, "
        f"{len(wanted & set(delivered))} delivered, "
        f"{len(wanted & set(queued))} queued, {len(twice)} in two places, "
        f"{len(lost)} lost"
    )
    assert not lost
    return twice


class OwnLoad(Load):
    """Tokens of several loads differ."""

    def __init__(self, name, *arguments, **options):
        self.name = name
        super().__init__(*arguments, **options)

    def _send(self, client, token, sent):
        super()._send(client, f"{self.name}{token}", sent)


def begin(relays):
    return [
        OwnLoad(f"r{i}x", relay.port, recipients, sessions=4, wait=0.1)
        for i, relay in enumerate(relays)
    ]


def has_waiting(relay, count):
    deferred = relay.metric("postern_mta_queue_messages", state="deferred")
    return deferred >= count


@pytest.mark.timeout(300)
def test_one_of_three_leaves_under_load(three):
    sink, relays = three
    loads = begin(relays)
    try:
        until(lambda: has_waiting(relays[0], WAITING), 60, "a queue")
        before = waiting(relays[0])
        began = time.monotonic()
        assert relays[0].stop(60) == 0
        took = time.monotonic() - began
    finally:
        for load in loads:
            load.stop()
    assert not event(relays[0], "queue_remains")
    given = event(relays[0], "handed_off")
    print(f"{len(given)} messages handed over; it left in {took:.1f} s")
    assert len(given) >= WAITING / 2
    others = relays[1:]
    twice = account("one leaves", sink, others, loads)
    assert not twice, "no connection broke, so nothing is there twice"
    after = {k: v for relay in others for k, v in waiting(relay).items()}
    kept = [address for address in before if address in after]
    assert kept
    for address in kept:
        assert after[address][0] == before[address][0], "its age"
        assert after[address][1] >= before[address][1], "its failures"
    # It comes back empty.
    relays[0].start()
    assert relays[0].metric("postern_mta_queue_messages") == 0


@pytest.mark.timeout(300)
def test_the_taker_is_killed_meanwhile(three):
    sink, relays = three
    leaving, taker, third = relays
    leaving.stop()
    third.stop()  # Only one is there to take.
    leaving.start()
    loads = begin([leaving])
    try:
        until(lambda: has_waiting(leaving, MANY), 90, "a queue")
    finally:
        for load in loads:
            load.stop()
    leaving.process.terminate()

    def kill_it():
        until(lambda: event(leaving, "handed_off"), 30, "some are over", every=0.005)
        taker.kill()
        taker.start()

    killer = threading.Thread(target=kill_it)
    killer.start()
    assert leaving.wait(60) == 0
    killer.join()
    assert event(leaving, "handoff_interrupted"), "it was killed too late"
    leaving.start()
    third.start()
    account("the taker is killed", sink, relays, loads)
