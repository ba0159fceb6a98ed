"""Replicas, and Redis that goes away: RD-01 to RD-04."""

import threading
import time

from kit.greylist import with_redis, waits
from kit.policy_client import PolicyClient
from kit.waiting import until


def test_a_retry_may_reach_another_replica_than_the_first_attempt(
    make_greylist, redis_server
):
    one = make_greylist(with_redis(redis_server))
    other = make_greylist(with_redis(redis_server))
    assert waits(one.ask())
    assert waits(other.ask())
    assert other.pass_after_delay().startswith("PREPEND X-Greylist")
    assert not waits(one.ask())


def test_replicas_count_automatic_allowing_together(make_greylist, redis_server):
    config = with_redis(redis_server, auto_allow={"after": 1})
    one, other = make_greylist(config), make_greylist(dict(config))
    one.ask()
    one.pass_after_delay()
    assert not waits(other.ask(sender="never-seen@sender.test"))


def test_every_key_in_redis_expires_and_has_a_bounded_size(
    make_greylist, redis_server
):
    """RD-06: keys are hashed or of bounded length, and have a lifetime."""
    grey = make_greylist(with_redis(redis_server))
    grey.ask(sender="x" * 300 + "@sender.test")
    grey.ask(sender="a{b}c\r@sender.test")
    client = redis_server.client()
    keys = client.keys("*")
    assert keys
    for key in keys:
        assert len(key) <= 128, key
        assert client.ttl(key) > 0, key


def test_garbage_in_redis_is_not_believed(make_greylist, redis_server):
    """RD-03: what is read back is checked."""
    grey = make_greylist(with_redis(redis_server))
    grey.ask()
    client = redis_server.client()
    for key in client.keys("*"):
        client.delete(key)
        client.set(key, b"\xff-1,99999999999999999999,nonsense")
    assert grey.ask() is not None
    assert grey.is_running()


def test_mail_passes_while_redis_is_away_and_greylisting_comes_back(
    make_greylist, redis_server
):
    """RD-01: on_store_failure accept is the default."""
    grey = make_greylist(with_redis(redis_server))
    assert waits(grey.ask())
    redis_server.stop()
    started = time.monotonic()
    assert grey.ask(sender="meanwhile@sender.test") == "DUNNO"
    assert time.monotonic() - started < 2
    redis_server.start()
    until(
        lambda: waits(grey.ask(sender="afterwards@sender.test")),
        15,
        "greylisting after Redis came back",
        every=0.2,
    )


def test_senders_wait_while_redis_is_away_where_told_so(
    make_greylist, redis_server
):
    """RD-01: on_store_failure defer."""
    grey = make_greylist(with_redis(redis_server, on_store_failure="defer"))
    redis_server.stop()
    assert waits(grey.ask(sender="meanwhile@sender.test"))


def test_greylisting_goes_on_here_while_redis_is_away_where_told_so(
    make_greylist, redis_server
):
    """RD-01: on_store_failure local."""
    grey = make_greylist(with_redis(redis_server, on_store_failure="local"))
    redis_server.stop()
    assert waits(grey.ask(sender="local@sender.test"))
    assert not waits(grey.pass_after_delay(sender="local@sender.test"))


def test_a_redis_that_does_not_answer_holds_nobody_longer_than_its_deadline(
    make_greylist, redis_server
):
    """RD-02: operation_timeout, 150 ms unless set."""
    grey = make_greylist(with_redis(redis_server))
    grey.ask()
    redis_server.pause()
    try:
        for number in range(5):
            started = time.monotonic()
            assert grey.ask(sender=f"s{number}@sender.test") == "DUNNO"
            assert time.monotonic() - started < 1
    finally:
        redis_server.resume()


def test_redis_stopped_and_started_under_load_costs_no_answer(
    make_greylist, redis_server
):
    grey = make_greylist(with_redis(redis_server))
    stop = threading.Event()
    answers, slowest = [], [0.0]

    def ask_on_and_on(number):
        with PolicyClient(grey.port) as client:
            count = 0
            while not stop.is_set():
                count += 1
                started = time.monotonic()
                answers.append(client.ask(sender=f"u{count}@s{number}.test"))
                slowest[0] = max(slowest[0], time.monotonic() - started)

    threads = [
        threading.Thread(target=ask_on_and_on, args=(n,)) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in range(2):
            until(lambda: any(map(waits, answers[-50:])), 15, "greylisting")
            redis_server.stop()
            until(lambda: "DUNNO" in answers[-50:], 15, "failing open")
            redis_server.start()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert None not in answers
    assert slowest[0] < 2, slowest
    assert grey.is_running()


def test_losing_the_cached_script_is_nobodys_concern(make_greylist, redis_server):
    """RD-04: NOSCRIPT is answered by loading it again."""
    grey = make_greylist(with_redis(redis_server))
    assert waits(grey.ask())
    redis_server.client().script_flush()
    assert waits(grey.ask())
    assert not waits(grey.pass_after_delay())


def test_a_cluster_of_three_serves_replicas_as_one_redis_does(
    make_greylist, redis_cluster
):
    """RD-04, RD-05."""
    store = {
        "redis": {"mode": "cluster", "endpoints": redis_cluster.addresses[:1]}
    }
    one = make_greylist({"store": dict(store)})
    other = make_greylist({"store": dict(store)})
    # A client's network decides the node.
    clients = [f"198.51.{number}.7" for number in range(60)]
    for client in clients:
        assert waits(one.ask(client_address=client))
    assert all(redis_cluster.keys().values())
    for client in clients:
        assert not waits(other.pass_after_delay(client_address=client))


def test_moving_slots_between_nodes_of_a_cluster_loses_nothing(
    make_greylist, redis_cluster
):
    """RD-04: MOVED and ASK are followed."""
    grey = make_greylist(
        {"store": {"redis": {"mode": "cluster",
                             "endpoints": redis_cluster.addresses}}}
    )
    grey.ask()
    grey.pass_after_delay()
    for node in redis_cluster.nodes:
        for key in node.client().keys("*"):
            slot = node.client().execute_command("CLUSTER", "KEYSLOT", key)
            target = redis_cluster.nodes[
                (redis_cluster.nodes.index(redis_cluster.owner(slot)) + 1) % 3
            ]
            redis_cluster.move_slot(slot, target)
    assert not waits(grey.ask())


def test_a_sentinel_failover_is_followed_without_a_restart(
    make_greylist, redis_sentinel
):
    """RD-04: the replica becomes master and greylisting goes on there."""
    grey = make_greylist(
        {
            "store": {
                "redis": {
                    "mode": "sentinel",
                    "endpoints": [redis_sentinel.sentinel.address],
                    "sentinel_master": redis_sentinel.name,
                }
            }
        }
    )
    grey.ask()
    grey.pass_after_delay()
    until(redis_sentinel.replica.client().dbsize, 5, "replication")
    before = redis_sentinel.master_port()
    redis_sentinel.master.stop()
    until(
        lambda: redis_sentinel.master_port() != before, 30, "a new master"
    )
    until(
        lambda: waits(grey.ask(sender="new@sender.test")),
        20,
        "greylisting on the new master",
        every=0.2,
    )
    assert not waits(grey.ask())
