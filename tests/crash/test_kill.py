"""kill -9 at random moments under load: every message that had its 250 arrives
or is in the queue."""

import collections
import os
import random
import time

import pytest
from load import Load, token_of

KILLS = int(os.environ.get("POSTERN_KILLS", "30"))


@pytest.mark.timeout(KILLS * 20 + 240)
def test_no_message_that_had_its_250_is_lost(make_relay, sink):
    relay = make_relay(
        {
            "relayhost": f"[127.0.0.1]:{sink.port}",
            "queue": {"retry_waits": ["1s"], "maximal_queue_lifetime": "1h"},
            "daemon": {"log": {"level": "info"}},
        }
    )
    moments = random.Random(os.environ.get("POSTERN_SEED"))
    load = Load(relay.port, ["alice@example.org", "carol@elsewhere.test"])
    try:
        for _ in range(KILLS):
            time.sleep(moments.uniform(0.05, 2.0))
            relay.kill()
            relay.start()
    finally:
        load.stop()
    relay.wait_for_empty_queue(timeout=120)
    arrived = collections.Counter(
        token_of(message)
        for message in relay.mailbox("alice").raw()
        + [m.content for m in sink.messages]
    )
    lost = load.promised - set(arrived)
    print(
        f"{KILLS} kills, {len(load.promised)} messages had their 250, "
        f"{len(lost)} lost, {sum(arrived.values()) - len(arrived)} twice, "
        f"{len(set(arrived) - load.promised)} arrived without a 250"
    )
    assert len(load.promised) > 20 * KILLS
    assert not lost
    assert relay.metric("postern_mta_queue_damaged") == 0
