"""What a good client gets while a slowloris or a flood of recipients is there:
mta beside Postfix."""

import contextlib
import json
import subprocess

from kit.program import binary
from kit.waiting import free_port
from measuring import Table, median
from relay_bench import relays, sink, warm_up

SESSIONS = 10
MESSAGES = {"Postfix": 1_200, "mta": 3_000}
# So long at most; a client that has had no answer then is lost.
PATIENCE_SECONDS = 10
SLOW_CONNECTIONS = 2_000
# As many as both accept in one transaction, and as many as the flood has.
TRANSACTION = 1_000
FLOOD = 10_000


@contextlib.contextmanager
def attacker(name, **options):
    """A generator that goes on; yields its first line and a dictionary that
    holds, after the end, the figures of its last line."""
    command = [binary(name)]
    for key, value in options.items():
        command += [f"--{key}", str(value)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        figures = {}
        try:
            yield process.stdout.readline(), figures
            process.stdin.close()
            figures.update(json.loads(process.stdout.readlines()[-1]))
        finally:
            process.kill()


@contextlib.contextmanager
def _nobody(_):
    yield "", {}


def _slowloris(relay):
    return attacker(
        "session_hold",
        to=f"127.0.0.1:{relay.port}",
        count=SLOW_CONNECTIONS,
        waiting=SLOW_CONNECTIONS,
        drip=1,
        seconds=3,
    )


def _flood(recipient, burst):
    def begin(relay):
        return attacker(
            "recipient_flood",
            to=f"127.0.0.1:{relay.port}",
            recipient=recipient,
            burst=burst,
        )

    return begin


# What there is meanwhile, how it begins, and what its figures say.
ATTACKS = (
    ("nothing", _nobody, lambda f: "-"),
    (
        f"RCPTs without end, accepted, {TRANSACTION} a transaction",
        _flood("recipient@example.com", TRANSACTION),
        lambda f: f"{f['accepted']} accepted",
    ),
    (
        f"{FLOOD} RCPTs at once, refused",
        _flood("recipient@elsewhere.test", FLOOD),
        lambda f: f"{f['sent']} sent, {f['refused']} answered",
    ),
    (
        f"{SLOW_CONNECTIONS} connections, a byte a second each",
        _slowloris,
        lambda f: f"{f['held']} held",
    ),
)


def run(folder, options):
    port = free_port()
    table = Table(
        f"A good client's messages ({SESSIONS} sessions) while there is …",
        "meanwhile", "program", "accepted/s", "p50 ms", "p99 ms", "× alone",
        "the others",
    )
    alone = {}
    with _warm(folder / "steady", port) as programs:
        steady = [contextlib.nullcontext(programs)] * options.repeat
        for attack in ATTACKS[:-1]:
            _compare(table, attack, steady, port, alone)
    # With what a slowloris leaves behind nobody could measure the next one.
    fresh = (_warm(folder / f"fresh{i}", port) for i in range(options.repeat))
    _compare(table, ATTACKS[-1], fresh, port, alone)
    return [table]


@contextlib.contextmanager
def _warm(folder, port):
    """Both programs, which log every session."""
    settings = "smtpd_peername_lookup = no\n"
    config = {"daemon": {"log": {"level": "info"}}}
    with relays(folder, port, settings, config) as programs:
        for relay in programs.values():
            warm_up(relay, port)
        yield programs


def _compare(table, attack, turns, port, alone):
    title, begin, tell = attack
    rows = {name: [] for name in MESSAGES}
    others = {}
    for turn in turns:
        with turn as programs:
            for name, relay in programs.items():
                with begin(relay) as (_, figures):
                    rows[name].append(_good_client(relay, port, MESSAGES[name]))
                others[name] = tell(figures)
    for name, measured in rows.items():
        figures = median(measured)
        reference = alone.setdefault(name, figures)
        got = f"{figures['rate']:.0f}"
        times = [f"{figures[k] / 1000:.1f}" for k in ("p50_us", "p99_us")]
        if figures["messages"] == 0:
            assert name != "mta", rows
            got = f"none in {PATIENCE_SECONDS} s"
            times = ["-", "-"]
        table.add(
            title,
            name,
            got,
            *times,
            f"{figures['rate'] / reference['rate']:.2f}",
            others[name],
        )


def _good_client(relay, port, messages):
    """Sends messages as long as it has patience; whatever came of it."""
    with sink(port, messages) as arrivals:
        done = subprocess.run(
            [binary("smtp_load"), "--to", f"127.0.0.1:{relay.port}"]
            + ["--sessions", str(SESSIONS), "--messages", str(messages)]
            + ["--seconds", str(PATIENCE_SECONDS)],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS + 20,
        )
        figures = json.loads(done.stdout)
        # A refusal, or the end of a connection, ends smtp_load.
        assert not done.stderr, done.stderr
        if figures["messages"] == messages:
            arrivals.communicate(timeout=60)
    return figures
