"""mta beside Postfix: messages accepted and delivered a second."""

import json
import subprocess

from kit.postfix import Postfix
from kit.program import binary
from kit.relay import Relay
from kit.waiting import free_port
from measuring import Table, cpu_seconds, generate, median, resident_mib

SESSIONS = (1, 10, 50)
SIZE = 4096
MESSAGES = {"Postfix": 2_000, "mta": 6_000}


def _relays(folder, sink):
    """Both with their default durability; both send to the sink."""
    postfix = Postfix(
        folder / "postfix",
        f"relayhost = [127.0.0.1]:{sink}\n"
        "virtual_mailbox_domains =\nvirtual_mailbox_maps =\n"
        "relay_domains = example.com\n"
        "smtpd_client_connection_count_limit = 0\n"
        "smtpd_relay_restrictions = reject_unauth_destination\n",
    )
    relay = Relay(
        folder / "mta",
        {
            "relayhost": f"[127.0.0.1]:{sink}",
            "relay_domains": ["example.com"],
            "daemon": {"log": {"level": "warning"}},
        },
    )
    return {"Postfix": postfix.start(), "mta": relay.start()}


def _measure(relay, sink_port, sessions, messages):
    """One burst; `delivered` counts from its start to the last message at the
    sink."""
    before = cpu_seconds(relay.process.pid)
    sink = subprocess.Popen(
        [binary("smtp_sink"), "--listen", f"127.0.0.1:{sink_port}"]
        + ["--expect", str(messages), "--seconds", "120"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert sink.stdout.readline() == "ready\n"
        figures = generate(
            "smtp_load",
            relay.process.pid,
            to=f"127.0.0.1:{relay.port}",
            sessions=sessions,
            messages=messages,
            size=SIZE,
            seconds=120,
        )
        out, _ = sink.communicate(timeout=180)
    finally:
        if sink.poll() is None:
            sink.kill()
            sink.wait()
    arrived = json.loads(out)
    assert arrived["messages"] >= messages, f"{arrived} of {messages}"
    figures["delivered"] = messages / (arrived["last"] - figures["start"])
    used = cpu_seconds(relay.process.pid) - before
    figures["cpu_us"] = used / messages * 1e6
    return figures


def run(folder, options):
    sink_port = free_port()
    relays = _relays(folder, sink_port)
    table = Table(
        f"Relayed messages of {SIZE} bytes: mta beside Postfix",
        "sessions", "program", "accepted/s", "delivered/s", "p50 ms", "p99 ms",
        "CPU ms/message", "× Postfix", "resident MiB",
    )
    try:
        for name, relay in relays.items():
            _measure(relay, sink_port, 10, 200)
        for sessions in SESSIONS:
            _compare(table, relays, sink_port, sessions, options)
    finally:
        for relay in relays.values():
            relay.stop()
    return [table]


def _compare(table, relays, sink_port, sessions, options):
    rows = {name: [] for name in relays}
    for _ in range(options.repeat):
        for name, relay in relays.items():
            messages = MESSAGES[name] // (4 if sessions == 1 else 1)
            rows[name].append(_measure(relay, sink_port, sessions, messages))
    peer = median(rows["Postfix"])
    for name, relay in relays.items():
        figures = median(rows[name])
        table.add(
            str(sessions),
            name,
            f"{figures['rate']:.0f}",
            f"{figures['delivered']:.0f}",
            f"{figures['p50_us'] / 1000:.1f}",
            f"{figures['p99_us'] / 1000:.1f}",
            f"{figures['cpu_us'] / 1000:.2f}",
            f"{figures['delivered'] / peer['delivered']:.1f}",
            f"{resident_mib(relay.process.pid):.0f}",
        )
