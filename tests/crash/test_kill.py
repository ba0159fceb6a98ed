"""kill -9 at random moments under load: every recipient of a message that had
its 250 gets it, is named in a bounce, or is in the queue."""

import os
import random
import time

import pytest
from kit.waiting import until
from ledger import Ledger, MoodySink, recipients_of_all_kinds
from load import Load

KILLS = int(os.environ.get("POSTERN_KILLS", "40"))


def kill_and_start(relay, moments):
    """Returns how often it was killed: sometimes again while it starts."""
    relay.kill()
    kills = 1
    while moments.random() < 0.15:
        relay.launch()
        time.sleep(moments.uniform(0, 0.3))
        relay.kill()
        kills += 1
    relay.start()
    return kills


def only_never_is_left(relay):
    return all(
        recipient["address"].startswith("never-")
        for message in relay.listed()
        for recipient in message["recipients"]
    )


@pytest.mark.timeout(KILLS * 20 + 300)
def test_no_message_that_had_its_250_is_lost(make_relay):
    with MoodySink() as sink:
        relay = make_relay(
            {
                "relayhost": f"[127.0.0.1]:{sink.port}",
                "queue": {
                    "retry_waits": ["1s"],
                    "maximal_queue_lifetime": "1h",
                    # Each bounce is looked for, and one sender gets them all.
                    "reader_report_rate_limit": 0,
                    "report_rate_limit": 0,
                },
                "daemon": {"log": {"level": "info"}},
            }
        )
        moments = random.Random(os.environ.get("POSTERN_SEED"))
        load = Load(relay.port, recipients_of_all_kinds, wait=0.1)
        kills = 0
        try:
            while kills < KILLS:
                time.sleep(moments.uniform(0.05, 1.2))
                kills += kill_and_start(relay, moments)
        finally:
            load.stop()
        until(lambda: only_never_is_left(relay), 120, "the rest", every=0.5)
        ledger = Ledger(relay, sink, load.promised)
    print(f"{kills} kills, {len(load.promised)} messages, {ledger.line()}")
    assert not ledger.lost
    assert len(load.promised) > 5 * KILLS
    assert ledger.bounced and ledger.listed and ledger.delivered
    assert all(kind.startswith("no-") for _, kind in ledger.bounced)
    assert relay.metric("postern_mta_queue_damaged") == 0
