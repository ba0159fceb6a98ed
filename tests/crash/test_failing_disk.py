"""A disk that fails under a relay (EIO): no 250 for what is not safe, and all
that had one is there after a restart."""

import errno
import time

import pytest
from kit.faults import Faults
from kit.waiting import until
from load import Load, content, token_of


@pytest.fixture
def faults(tmp_path):
    return Faults(tmp_path, tmp_path / "relay" / "spool")


@pytest.fixture
def relay(make_relay, faults):
    relay = make_relay(
        {"queue": {"retry_waits": ["1s"]}}, name="relay", start=False
    )
    relay.environment = faults.environment
    return relay.start()


def send(relay, token, size=4000):
    return relay.send(
        "a@sender.test", "alice@example.org", content=content(token, size)
    )


def tokens(relay):
    return {token_of(message) for message in relay.mailbox("alice").raw()}


def assert_says_that_it_refuses(relay):
    """To clients, to probes and to whoever looks at the metrics."""
    status, text = relay.get("/readyz")
    assert status == 503 and "spool" in text, text
    assert "restart needed" in text, text
    assert relay.metric("postern_mta_queue_failed") == 1
    assert "event=queue_refuses" in relay.log()


CASES = [
    ("write", 4_000, "the envelope cannot be written"),
    ("write", 3_000_000, "a chunk cannot be written"),
    ("sync", 4_000, "what was written cannot be made durable"),
]


@pytest.mark.parametrize("operation,size,why", CASES, ids=[c[2] for c in CASES])
def test_mail_is_refused_from_the_first_error_until_a_restart(
    relay, faults, operation, size, why
):
    assert send(relay, "before")[0] == 250
    relay.mailbox("alice").wait_for(1)
    faults.fail(operation, errno.EIO)
    code, text = send(relay, "cut", size)
    assert code == 452, f"{why}: {text}"
    assert_says_that_it_refuses(relay)
    # The kernel may have dropped what it could not write, so a disk that seems
    # well again is not believed.
    faults.heal()
    code, text = send(relay, "healed")
    assert code == 452, text
    assert_says_that_it_refuses(relay)
    relay.kill()
    relay.start()
    assert relay.metric("postern_mta_queue_failed") == 0
    assert send(relay, "after")[0] == 250
    until(lambda: {"before", "after"} <= tokens(relay), 20, "both")
    assert "healed" not in tokens(relay)


@pytest.mark.parametrize("operation", ["write", "sync"])
def test_an_operator_may_also_end_it_in_order(relay, faults, operation):
    faults.fail(operation, errno.EIO)
    assert send(relay, "cut")[0] == 452
    assert relay.stop() == 0
    faults.heal()
    relay.start()
    assert send(relay, "after")[0] == 250
    until(lambda: "after" in tokens(relay), 20, "mail")


@pytest.mark.parametrize("operation", ["write", "sync"])
@pytest.mark.parametrize("ends", ["killed", "stopped"])
def test_what_had_its_250_under_load_is_there_after_a_restart(
    relay, faults, operation, ends
):
    load = Load(relay.port)
    try:
        for _ in range(3):
            before = len(load.promised)
            until(lambda: len(load.promised) > before + 30, 20, "load")
            faults.fail(operation, errno.EIO)
            until(lambda: relay.get("/readyz")[0] == 503, 20, "unready")
            promised = len(load.promised)
            time.sleep(0.3)  # Long enough for each client to be refused.
            # Those that were durable when the disk failed may still be told.
            assert len(load.promised) <= promised + 8
            relay.kill() if ends == "killed" else relay.stop()
            faults.heal()
            relay.start()
    finally:
        load.stop()
    relay.wait_for_empty_queue(timeout=60)
    assert not set(load.promised) - tokens(relay)
    assert load.replies <= {452, 421}, load.replies  # 421: it is ending.


def test_a_full_disk_is_used_again_without_a_restart(relay, faults):  # MTA-41
    assert send(relay, "before")[0] == 250
    relay.mailbox("alice").wait_for(1)
    faults.fail("write", errno.ENOSPC)
    assert send(relay, "cut")[0] == 452
    assert relay.get("/readyz")[0] == 503
    assert relay.metric("postern_mta_queue_disk_full") == 1
    faults.heal()
    until(lambda: send(relay, "after")[0] == 250, 20, "mail taken again")
    until(lambda: {"before", "after"} <= tokens(relay), 20, "both")
    assert "cut" not in tokens(relay)
    assert relay.metric("postern_mta_queue_failed") == 0
    assert relay.metric("postern_mta_queue_disk_full") == 0
