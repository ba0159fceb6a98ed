"""mta beside Postfix: messages accepted and delivered a second."""

import contextlib
import json
import subprocess

from kit.postfix import Postfix
from kit.program import binary
from kit.relay import Relay
from kit.waiting import free_port
from measuring import Table, cpu_seconds, generate, median, resident_mib

# Bytes a message, sessions, and how many messages each program is given.
ROUNDS = (
    (4 << 10, 1, {"Postfix": 500, "mta": 1_500}),
    (4 << 10, 10, {"Postfix": 2_000, "mta": 6_000}),
    (4 << 10, 50, {"Postfix": 2_000, "mta": 6_000}),
    (4 << 10, 200, {"Postfix": 2_000, "mta": 6_000}),
    (50 << 10, 10, {"Postfix": 1_000, "mta": 3_000}),
    (50 << 10, 50, {"Postfix": 1_000, "mta": 3_000}),
    (1 << 20, 1, {"Postfix": 100, "mta": 150}),
    (1 << 20, 10, {"Postfix": 200, "mta": 400}),
)
# More than any part opens.
MAX_CONNECTIONS = 20_000


@contextlib.contextmanager
def relays(folder, sink_port, settings="", config=None):
    """Both programs with their default durability, as long as the block lasts;
    both send to the sink. `settings` are more lines of main.cf, `config` more
    fields of mta's file."""
    postfix = Postfix(
        folder / "postfix",
        f"relayhost = [127.0.0.1]:{sink_port}\n"
        "virtual_mailbox_domains =\nvirtual_mailbox_maps =\n"
        "relay_domains = example.com\n"
        "smtpd_client_connection_count_limit = 0\n"
        "smtpd_relay_restrictions = reject_unauth_destination\n" + settings,
    )
    relay = Relay(
        folder / "mta",
        {
            "relayhost": f"[127.0.0.1]:{sink_port}",
            "relay_domains": ["example.com"],
            "daemon": {"log": {"level": "warning"}},
            **(config or {}),
        },
    )
    relay.config["listeners"][0]["max_connections"] = MAX_CONNECTIONS
    with contextlib.ExitStack() as started:
        for program in (postfix, relay):
            started.callback(program.stop)
            program.start()
        yield {"Postfix": postfix, "mta": relay}


@contextlib.contextmanager
def sink(port, messages, seconds=120):
    """What takes so many messages; yields the process."""
    process = subprocess.Popen(
        [binary("smtp_sink"), "--listen", f"127.0.0.1:{port}"]
        + ["--expect", str(messages), "--seconds", str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def measure(relay, sink_port, size, sessions, messages):
    """One burst; `delivered` counts from its start to the last message at the
    sink."""
    before = cpu_seconds(relay.process.pid)
    with sink(sink_port, messages) as process:
        figures = generate(
            "smtp_load",
            relay.process.pid,
            to=f"127.0.0.1:{relay.port}",
            sessions=sessions,
            messages=messages,
            size=size,
            seconds=120,
        )
        out, _ = process.communicate(timeout=180)
    arrived = json.loads(out)
    assert arrived["messages"] >= messages, f"{arrived} of {messages}"
    figures["delivered"] = messages / (arrived["last"] - figures["start"])
    used = cpu_seconds(relay.process.pid) - before
    figures["cpu_us"] = used / messages * 1e6
    return figures


def warm_up(relay, sink_port):
    """A few messages, so that what starts at the first ones has started."""
    measure(relay, sink_port, 4 << 10, 10, 200)


def run(folder, options):
    sink_port = free_port()
    table = Table(
        "Relayed messages: mta beside Postfix",
        "KiB", "sessions", "program", "accepted/s", "delivered/s", "p50 ms", "p99 ms",
        "CPU ms/message", "× Postfix", "resident MiB",
    )
    with relays(folder, sink_port) as programs:
        for relay in programs.values():
            warm_up(relay, sink_port)
        for size, sessions, messages in ROUNDS:
            rows = {name: [] for name in programs}
            for _ in range(options.repeat):
                for name, relay in programs.items():
                    rows[name].append(
                        measure(relay, sink_port, size, sessions, messages[name])
                    )
            _compare(table, programs, size, sessions, rows)
    return [table]


def _compare(table, programs, size, sessions, rows):
    peer = median(rows["Postfix"])
    for name, relay in programs.items():
        figures = median(rows[name])
        table.add(
            str(size >> 10),
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
