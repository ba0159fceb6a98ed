"""greylistd beside postgrey: requests a second, latency, memory."""

import time

from kit.greylist import Greylist, with_redis
from kit.postgrey import Postgrey
from kit.redis_servers import RedisServer
from measuring import Table, generate, median, resident_mib

CONNECTIONS = (1, 8, 64)
# Requests of one measurement; postgrey is slower and gets fewer.
REQUESTS = {"postgrey": 5_000, "greylistd": 60_000, "greylistd, Redis": 60_000}


class Subject:
    """One program under measurement, with numbers for new triplets."""

    def __init__(self, name, server):
        self.name = name
        self.server = server
        self.next_triplet = 0

    @property
    def pid(self):
        return self.server.process.pid

    def measure(self, kind, connections, requests):
        first = 0 if kind == "known" else self.next_triplet
        if kind == "new":
            self.next_triplet += requests
        return generate(
            "policy_load",
            self.pid,
            to=f"127.0.0.1:{self.server.port}",
            connections=connections,
            requests=requests,
            first=first,
            triplets=min(requests, self.known) if kind == "known" else requests,
        )

    known = 2000


def subjects(folder):
    """The three programs, running; every sender waits one second."""
    redis = RedisServer(folder / "redis").start()

    def no_auto():  # Each program fills in its own.
        return {"auto_allow": {"after": 0}, "max_log_lines_per_second": 1,
                "daemon": {"log": {"level": "warning"}}}

    ours = Greylist(folder / "embedded", no_auto())
    shared = Greylist(folder / "shared", with_redis(redis, **no_auto()))
    theirs = Postgrey(
        folder / "postgrey", "--delay=1", "--auto-whitelist-clients=0"
    )
    return redis, [
        Subject("postgrey", theirs.start()),
        Subject("greylistd", ours.start()),
        Subject("greylistd, Redis", shared.start()),
    ]


def run(folder, options):
    redis, programs = subjects(folder)
    table = Table(
        "Policy requests: greylistd beside postgrey",
        "triplets", "connections", "program", "requests/s", "p50 ms", "p99 ms",
        "CPU µs/request", "× postgrey",
    )
    try:
        for subject in programs:  # Triplets that will be known.
            subject.measure("new", 8, subject.known)
        time.sleep(2.2)
        for subject in programs:
            subject.measure("known", 8, subject.known)
        for kind in ("new", "known"):
            for connections in CONNECTIONS:
                _compare(table, programs, kind, connections, options)
        memory = Table("Resident memory after that", "program", "MiB")
        for subject in programs:
            memory.add(subject.name, f"{resident_mib(subject.pid):.0f}")
    finally:
        for subject in programs:
            subject.server.stop()
        redis.stop()
    return [table, memory]


def _compare(table, programs, kind, connections, options):
    rows = {subject.name: [] for subject in programs}
    for _ in range(options.repeat):
        for subject in programs:
            requests = REQUESTS[subject.name]
            if connections == 1:
                requests //= 4
            rows[subject.name].append(
                subject.measure(kind, connections, requests)
            )
    peer = median(rows["postgrey"])
    for subject in programs:
        figures = median(rows[subject.name])
        table.add(
            kind,
            str(connections),
            subject.name,
            f"{figures['rate']:.0f}",
            f"{figures['p50_us'] / 1000:.2f}",
            f"{figures['p99_us'] / 1000:.2f}",
            f"{figures['cpu_us']:.0f}",
            f"{figures['rate'] / peer['rate']:.1f}",
        )


def growth(folder, options):
    """The embedded store as it grows; the delay is long, so that every triplet
    stays there."""
    server = Greylist(
        folder / "growth",
        {
            "delay": "1h",
            "auto_allow": {"after": 0},
            "max_log_lines_per_second": 1,
            "max_pending_per_network": 0,
            "daemon": {"log": {"level": "warning"}},
        },
    ).start()
    table = Table(
        "greylistd with many triplets (embedded, 64 connections)",
        "triplets", "requests/s", "p50 ms", "p99 ms", "resident MiB",
        "on disk MiB",
    )
    step = 1_000_000
    try:
        for millions in range(1, options.millions + 1):
            figures = generate(
                "policy_load",
                server.process.pid,
                to=f"127.0.0.1:{server.port}",
                connections=64,
                requests=step,
                first=(millions - 1) * step,
                seconds=600,
            )
            disk = sum(
                f.stat().st_size
                for f in (server.folder / "greylist").rglob("*")
                if f.is_file()
            )
            table.add(
                f"{millions} M",
                f"{figures['rate']:.0f}",
                f"{figures['p50_us'] / 1000:.2f}",
                f"{figures['p99_us'] / 1000:.2f}",
                f"{resident_mib(server.process.pid):.0f}",
                f"{disk / (1 << 20):.0f}",
            )
    finally:
        server.stop()
    return [table]
