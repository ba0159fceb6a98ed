"""mta beside Postfix: connections held, sessions and TLS handshakes a second,
and what attackers take from a good client."""

import resource

import attack_bench
from kit.certificate import Certificate
from kit.waiting import free_port
from measuring import Table, generate, median, proportional_kib
from relay_bench import relays

# Postfix has a process for each connection.
HELD = {
    "Postfix": {"plain": 200, "TLS": 200},
    "mta": {"plain": 10_000, "TLS": 2_000},
}
POSTFIX_PROCESSES = 250
SESSIONS = 50
BEGUN = {"Postfix": 3_000, "mta": 10_000}
# Few, and so many that what a server waits for (a client's acknowledgement) does
# not count.
HANDSHAKES_AT_ONCE = (20, 100)
HANDSHAKES = {"Postfix": 1_000, "mta": 2_000}
# Those of 10 000 connections and of the program itself.
OPEN_FILES = 10_500


def run(folder, options):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert most > OPEN_FILES, f"`ulimit -Hn` must be more than {OPEN_FILES}"
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    folder.mkdir()
    certificate = str(Certificate(folder, "relay.test").file)
    kinds = {
        "plain": ("", {}),
        "TLS": (
            f"smtpd_tls_wrappermode = yes\nsmtpd_tls_chain_files = {certificate}\n",
            {"smtpd_tls_wrappermode": True, "smtpd_tls_chain_files": [certificate]},
        ),
    }
    tables = [_held(folder, kinds, options)]
    with _pair(folder / "begun", *kinds["plain"]) as pair:
        tables.append(_begun(pair, options))
    with _pair(folder / "handshakes", *kinds["TLS"]) as pair:
        tables.append(_handshakes(pair, options))
    return tables + attack_bench.run(folder / "attacked", options)


def _pair(folder, settings, config):
    """Both programs; nothing is delivered, and both log every session."""
    return relays(
        folder,
        free_port(),
        f"default_process_limit = {POSTFIX_PROCESSES}\n"
        "smtpd_peername_lookup = no\n" + settings,
        {"daemon": {"log": {"level": "info"}}, **config},
    )


def _held(folder, kinds, options):
    table = Table(
        "Connections held after EHLO",
        "connections", "program", "held", "KiB each",
    )
    for kind, settings in kinds.items():
        rows = {name: [] for name in HELD}
        for turn in range(options.repeat):
            # New ones: what they once needed they keep.
            with _pair(folder / f"{kind}{turn}", *settings) as pair:
                for name, relay in pair.items():
                    rows[name].append(_hold(relay, HELD[name][kind], kind))
        for name, measured in rows.items():
            figures = median(measured)
            table.add(kind, name, f"{figures['held']:.0f}", f"{figures['kib']:.1f}")
    return table


def _hold(relay, count, kind):
    """What each connection adds to a program that has just been started."""
    before = proportional_kib(relay.process.pid)
    with attack_bench.attacker(
        "session_hold",
        to=f"127.0.0.1:{relay.port}",
        count=count,
        rate=8000,
        tls=int(kind == "TLS"),
    ) as (_, figures):
        after = proportional_kib(relay.process.pid)
    assert figures["held"] == count, f"{figures} of {count}"
    figures["kib"] = (after - before) / count
    return figures


def _begun(pair, options):
    table = Table(
        "Sessions: connect, greeting, EHLO, QUIT",
        "sessions", "program", "sessions/s", "p50 ms", "p99 ms",
        "CPU ms/session", "× Postfix",
    )
    _compare(table, (SESSIONS,), pair, options, BEGUN, {"sessions": SESSIONS})
    return table


def _handshakes(pair, options):
    table = Table(
        "TLS 1.3 (ECDSA P-256, X25519): connect, handshake, greeting, QUIT",
        "handshake", "at once", "program", "handshakes/s", "p50 ms", "p99 ms",
        "CPU ms/handshake", "× Postfix",
    )
    for title, resume in (("full", 0), ("resumed", 1)):
        for at_once in HANDSHAKES_AT_ONCE:
            how = {"sessions": at_once, "hello": 0, "tls": 1, "resume": resume}
            _compare(table, (title, at_once), pair, options, HANDSHAKES, how)
    return table


def _compare(table, title, pair, options, counts, how):
    """A row for each program: medians of runs by turns."""
    rows = {name: [] for name in pair}
    for _ in range(options.repeat):
        for name, relay in pair.items():
            figures = generate(
                "session_load",
                relay.process.pid,
                to=f"127.0.0.1:{relay.port}",
                count=counts[name],
                **how,
            )
            # The first ones have nothing to resume.
            least = counts[name] - how["sessions"] if how.get("resume") else 0
            assert figures["resumed"] >= 0.9 * least, figures
            rows[name].append(figures)
    peer = median(rows["Postfix"])
    for name in pair:
        figures = median(rows[name])
        table.add(
            *title,
            name,
            f"{figures['rate']:.0f}",
            f"{figures['p50_us'] / 1000:.1f}",
            f"{figures['p99_us'] / 1000:.1f}",
            f"{figures['cpu_us'] / 1000:.2f}",
            f"{figures['rate'] / peer['rate']:.1f}",
        )
