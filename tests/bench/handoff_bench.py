"""mta that stops and hands what it holds to another."""

import re
import time

from kit.replicas import make_replicas
from kit.relay import Relay
from measuring import Table, generate
from relay_bench import MAX_CONNECTIONS

SESSIONS = 50
SIZE = 4096
HOLDS = {
    "relay_domains": ["example.com"],
    "smtpd_recipient_restrictions": [
        "check_recipient_access static:HOLD",
        "reject_unauth_destination",
    ],
    "daemon": {"log": {"level": "info"}, "drain": {"timeout": "300s"}},
}


def _fill(relay, messages):
    generate(
        "smtp_load",
        relay.process.pid,
        to=f"127.0.0.1:{relay.port}",
        sessions=SESSIONS,
        messages=messages,
        size=SIZE,
        reuse=100,
        seconds=600,
    )


def run(folder, options):
    made = []

    def make(config, start):
        made.append(Relay(folder / f"replica{len(made)}", config))
        made[-1].config["listeners"][0]["max_connections"] = MAX_CONNECTIONS
        return made[-1].start() if start else made[-1]

    folder.mkdir(parents=True, exist_ok=True)
    table = Table("Messages handed from one relay to another", "what", "figure")
    leaving, staying = make_replicas(make, folder, 2, HOLDS)
    try:
        _fill(leaving, options.handed)
        begun = time.monotonic()
        leaving.stop(320)
        took = time.monotonic() - begun
        ended = re.search(r"handed_off=(\d+) peers=1 remaining=0", leaving.log())
        assert ended and int(ended[1]) >= options.handed, "not all was handed over"
        table.add("messages of 4 KiB", ended[1])
        table.add("seconds from SIGTERM to the end", f"{took:.1f}")
        table.add("handed over a second", f"{int(ended[1]) / took:.0f}")
    finally:
        for relay in made:
            relay.stop()
    return [table]
