"""mta with a million messages that wait: memory, start and drain."""

import json
import time

from kit.relay import Relay
from kit.waiting import free_port, until
from measuring import Table, generate, resident_mib
from relay_bench import MAX_CONNECTIONS, sink

SESSIONS = 50
SIZE = 1024
WAITING = "postern_mta_queue_messages"


def _relay(folder, sink_port):
    """A relay that holds what it takes, until somebody releases it."""
    relay = Relay(
        folder / "mta",
        {
            "relayhost": f"[127.0.0.1]:{sink_port}",
            "relay_domains": ["example.com"],
            "smtpd_recipient_restrictions": [
                "check_recipient_access static:HOLD",
                "reject_unauth_destination",
            ],
            "daemon": {"log": {"level": "warning"}},
        },
    )
    relay.config["listeners"][0]["max_connections"] = MAX_CONNECTIONS
    return relay


def _fill(relay, messages):
    return generate(
        "smtp_load",
        relay.process.pid,
        to=f"127.0.0.1:{relay.port}",
        sessions=SESSIONS,
        messages=messages,
        size=SIZE,
        reuse=100,
        seconds=800,
    )


def _drain(relay, sink_port, messages):
    """Releases all; returns messages a second until the last has arrived."""
    with sink(sink_port, messages, seconds=1500) as process:
        begun = time.monotonic()
        released = relay.ctl("queue", "release", "--all")
        assert released.returncode == 0, released.stderr
        took = time.monotonic() - begun
        out, _ = process.communicate(timeout=1600)
        arrived = json.loads(out)
        assert arrived["messages"] >= messages, arrived
        rate = messages / (time.monotonic() - begun)
    until(lambda: relay.metric(WAITING) == 0, 60, "an empty queue")
    return took, rate


def run(folder, options):
    messages = options.queued
    sink_port = free_port()
    table = Table(f"A queue of {messages} messages of {SIZE} bytes", "what", "figure")
    relay = _relay(folder, sink_port)
    relay.start()
    try:
        empty = resident_mib(relay.process.pid)
        table.add("accepted and held a second", f"{_fill(relay, messages)['rate']:.0f}")
        relay.stop()
        begun = time.monotonic()
        relay.start(timeout=120)
        table.add("seconds to start", f"{time.monotonic() - begun:.1f}")
        assert relay.metric(WAITING) == messages
        full = resident_mib(relay.process.pid)
        table.add("resident MiB, empty", f"{empty:.0f}")
        table.add("resident MiB after the start", f"{full:.0f}")
        table.add("bytes a message", f"{(full - empty) * (1 << 20) / messages:.0f}")
        took, rate = _drain(relay, sink_port, messages)
        table.add("seconds until all were released", f"{took:.1f}")
        table.add("delivered a second, release included", f"{rate:.0f}")
        table.add("resident MiB after the drain", f"{resident_mib(relay.process.pid):.0f}")
    finally:
        relay.stop()
    return [table]
