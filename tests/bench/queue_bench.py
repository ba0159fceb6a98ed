"""mta with a million messages for a host that is away: memory, start, drain."""

import collections
import datetime
import json
import time

from kit.relay import Relay
from kit.waiting import free_port, until
from measuring import Table, generate, peak_mib, resident_mib
from relay_bench import MAX_CONNECTIONS, sink

SESSIONS = 50
SIZE = 1024
WAITING = "postern_mta_queue_messages"
RETRY_WAIT = "10m"


def _relay(folder, sink_port):
    """A relay whose next hop is away until there is a sink."""
    relay = Relay(
        folder / "mta",
        {
            "relayhost": f"[127.0.0.1]:{sink_port}",
            "relay_domains": ["example.com"],
            "daemon": {"log": {"level": "warning"}},
        },
    )
    relay.config["queue"]["retry_waits"] = [RETRY_WAIT]
    relay.config["listeners"][0]["max_connections"] = MAX_CONNECTIONS
    return relay


def _fill(relay, messages):
    """Returns messages a second until all are accepted, and until each has had
    its attempt."""
    begun = time.monotonic()
    accepted = generate(
        "smtp_load",
        relay.process.pid,
        to=f"127.0.0.1:{relay.port}",
        sessions=SESSIONS,
        messages=messages,
        size=SIZE,
        reuse=100,
        seconds=800,
    )["rate"]
    _until_all_deferred(relay, messages)
    return accepted, messages / (time.monotonic() - begun)


def _until_all_deferred(relay, messages):
    until(
        lambda: relay.metric(WAITING, state="deferred") == messages,
        300,
        "every message deferred",
    )


def _busiest_share(relay):
    """What part of the oldest messages is due in one minute, the worst one."""
    minutes = collections.Counter()
    for message in relay.listed():
        due = datetime.datetime.fromisoformat(message["next_attempt"][:19])
        minutes[due.replace(second=0)] += 1
    return max(minutes.values()) / sum(minutes.values()), len(minutes)


def _drain(relay, sink_port, messages):
    """Makes all due; returns seconds for that, and messages a second until the
    last has arrived."""
    with sink(sink_port, messages, seconds=1500) as process:
        begun = time.monotonic()
        flushed = relay.ctl("queue", "flush", "--all", timeout=300)
        assert flushed.returncode == 0, flushed.stderr
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
    table = Table(f"{messages} deferred messages of {SIZE} bytes", "what", "figure")
    relay = _relay(folder, sink_port)
    relay.start()
    try:
        empty = resident_mib(relay.process.pid)
        accepted, deferred = _fill(relay, messages)
        table.add("accepted a second, the next hop away", f"{accepted:.0f}")
        table.add("accepted, tried and deferred a second", f"{deferred:.0f}")
        relay.stop()
        begun = time.monotonic()
        relay.start(timeout=120)
        table.add("seconds to start", f"{time.monotonic() - begun:.1f}")
        assert relay.metric(WAITING) == messages
        full = resident_mib(relay.process.pid)
        table.add("resident MiB, empty", f"{empty:.0f}")
        table.add("resident MiB after the start", f"{full:.0f}")
        table.add("bytes a message", f"{(full - empty) * (1 << 20) / messages:.0f}")
        share, minutes = _busiest_share(relay)
        table.add("of the oldest 10000, due in the busiest minute", f"{share:.0%}")
        table.add("minutes over which they are spread", minutes)
        took, rate = _drain(relay, sink_port, messages)
        table.add("seconds until all were due", f"{took:.1f}")
        table.add("delivered a second", f"{rate:.0f}")
        table.add("resident MiB at most", f"{peak_mib(relay.process.pid):.0f}")
    finally:
        relay.stop()
    return [table]
