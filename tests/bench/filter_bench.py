"""mta in front of two mail filters that add a header field each, beside the same
relay without them, and Postfix with the same two."""

import contextlib

from kit.filterd import Filterd
from kit.postfix import Postfix
from kit.relay import Relay
from kit.waiting import free_port
from measuring import Table, median
from relay_bench import MAX_CONNECTIONS, measure, warm_up

SESSIONS = 10
ROUNDS = (
    (4 << 10, {"Postfix": 1_500, "mta": 6_000, "mta without": 6_000}),
    (1 << 20, {"Postfix": 150, "mta": 400, "mta without": 400}),
)


def _relay(folder, sink_port, filters):
    names = [f"f{n}" for n in range(len(filters))]
    relay = Relay(
        folder,
        {
            "relayhost": f"[127.0.0.1]:{sink_port}",
            "relay_domains": ["example.com"],
            "daemon": {"log": {"level": "warning"}},
            "filters": {
                "milters": [
                    {
                        "name": name,
                        "endpoints": [f"inet:127.0.0.1:{one.port}"],
                        "reuse_connections": True,
                    }
                    for name, one in zip(names, filters)
                ],
                "smtpd_milters": names,
            },
        },
    )
    relay.config["listeners"][0]["max_connections"] = MAX_CONNECTIONS
    return relay


@contextlib.contextmanager
def _programs(folder, sink_port):
    with contextlib.ExitStack() as started:
        filters = []
        for number in range(2):
            one = Filterd(folder / f"filter{number}")
            one.config["daemon"]["log"] = {"level": "warning"}
            started.callback(one.stop)
            filters.append(one.start())
        milters = ", ".join(one.postfix_name for one in filters)
        programs = {
            "Postfix": Postfix(
                folder / "postfix",
                f"relayhost = [127.0.0.1]:{sink_port}\n"
                "relay_domains = example.com\nvirtual_mailbox_domains =\n"
                f"smtpd_milters = {milters}\n",
            ),
            "mta": _relay(folder / "mta", sink_port, filters),
            "mta without": _relay(folder / "plain", sink_port, []),
        }
        for program in programs.values():
            started.callback(program.stop)
            program.start()
        yield programs


def run(folder, options):
    sink_port = free_port()
    table = Table(
        f"Two filters in front of the queue, {SESSIONS} sessions",
        "KiB", "program", "delivered/s", "p50 ms", "p99 ms", "CPU ms/message",
    )
    folder.mkdir()
    with _programs(folder, sink_port) as programs:
        for program in programs.values():
            warm_up(program, sink_port)
        for size, messages in ROUNDS:
            rows = {name: [] for name in programs}
            for _ in range(options.repeat):
                for name, program in programs.items():
                    rows[name].append(
                        measure(program, sink_port, size, SESSIONS, messages[name])
                    )
            for name in programs:
                figures = median(rows[name])
                table.add(
                    str(size >> 10),
                    name,
                    f"{figures['delivered']:.0f}",
                    f"{figures['p50_us'] / 1000:.1f}",
                    f"{figures['p99_us'] / 1000:.1f}",
                    f"{figures['cpu_us'] / 1000:.2f}",
                )
    return [table]
