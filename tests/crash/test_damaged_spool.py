"""Bytes of a stopped relay's spool are flipped or cut off: the relay starts, or
says why not; nothing disappears without a word."""

import os
import pathlib
import random
import shutil

import pytest
from kit.waiting import until
from load import content, token_of

SEEDS = range(int(os.environ.get("POSTERN_DAMAGES", "8")))
SIZES = (200, 4_000, 150_000)
MESSAGES = 30


@pytest.fixture
def stopped(make_relay, sink):
    """A relay that has MESSAGES in its log and in its tables, and is down."""
    relay = make_relay(
        {
            "relayhost": f"[127.0.0.1]:{sink.port}",
            "queue": {"retry_waits": ["1s"], "maximal_queue_lifetime": "1h"},
        },
        name="relay",
    )
    sink.replies["MAIL"] = "451 4.2.1 not now"
    for number in range(MESSAGES):
        if number == MESSAGES // 2:
            relay.kill()
            relay.start()  # What was in the log goes into a table.
        code, text = relay.send(
            "bob@example.org",
            f"carol-{number}@elsewhere.test",
            content=content(str(number), SIZES[number % len(SIZES)]),
        )
        assert code == 250, text
    relay.kill()
    sink.replies.clear()
    return relay


def files_of(relay, pattern):
    spool = pathlib.Path(relay.config["queue"]["directory"])
    return sorted(f for f in spool.rglob(pattern) if f.stat().st_size > 0)


def flip(path, moments):
    data = bytearray(path.read_bytes())
    data[moments.randrange(len(data))] ^= 1 << moments.randrange(8)
    path.write_bytes(data)


def cut(path, moments):
    os.truncate(path, moments.randrange(path.stat().st_size))


def outcome(relay, sink):
    """Starts the relay; the events of its log since, and the tokens that it
    has delivered or lists. None: it ended and said why."""
    before = len(relay.log())
    relay.launch()
    until(
        lambda: relay.get("/readyz")[0] == 200 or not relay.is_running(),
        20,
        "a start or an end",
    )
    if not relay.is_running():
        said = relay.log()[before:]
        assert relay.process.returncode not in (0, None)
        assert relay.process.returncode > 0, f"crashed: {said[-500:]}"
        assert str(relay.config["queue"]["directory"]) in said, said[-500:]
        return said, None

    def settled():
        return all(m["damage"] for m in relay.listed())

    until(settled, 30, "what can be delivered is delivered", every=0.2)
    known = {token_of(message.content) for message in sink.messages}
    damaged = [m for m in relay.listed() if m["damage"]]
    assert relay.metric("postern_mta_queue_damaged") == len(damaged)
    log = relay.log()[before:]
    assert relay.stop() == 0
    return log, (known, len(damaged))


def assert_nothing_is_gone_without_a_word(relay, sink, is_log_cut):
    log, found = outcome(relay, sink)
    if found is None:
        return "refused"
    known, damaged = found
    missing = MESSAGES - len(known) - damaged
    assert missing >= 0
    # A log that was cut off looks as after a crash: docs/formats/spool.md.
    told = "event=spool_log_damaged" in log or is_log_cut
    assert missing == 0 or told, (
        f"{missing} messages are gone and nobody was told"
    )
    return "cut" if missing else "damaged" if damaged else "whole"


@pytest.mark.parametrize("pattern", ["*.log", "*.sst"])
@pytest.mark.parametrize("harm", [flip, cut])
@pytest.mark.timeout(600)
def test_nothing_disappears_without_a_word(stopped, sink, pattern, harm):
    spool = pathlib.Path(stopped.config["queue"]["directory"])
    kept = spool.with_name("kept")
    shutil.copytree(spool, kept)
    results = []
    for seed in SEEDS:
        moments = random.Random(f"{pattern}{harm.__name__}{seed}")
        shutil.rmtree(spool)
        shutil.copytree(kept, spool)
        sink.messages.clear()
        candidates = files_of(stopped, pattern)
        assert candidates
        harm(moments.choice(candidates), moments)
        results.append(
            assert_nothing_is_gone_without_a_word(
                stopped, sink, is_log_cut=(pattern, harm) == ("*.log", cut)
            )
        )
    print(f"{pattern} {harm.__name__}: {results}")
