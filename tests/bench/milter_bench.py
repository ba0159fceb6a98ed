"""A milter that adds one header field: our engine beside libmilter, over TCP
and Unix sockets."""

from kit.filterd import Filterd
from measuring import Table, generate, median

CONNECTIONS = (1, 8, 32)
# Bytes of a message, and how many messages a measurement has at the most.
SIZES = {"4 KiB": (4096, 20_000), "100 KiB": (102_400, 4_000), "1 MiB": (1 << 20, 500)}
ENGINES = ("postern", "libmilter")


def _filters(folder):
    """Those of each socket, running: {(socket, engine): filterd}."""
    quiet = {"level": "warning"}
    running = {}
    for engine in ENGINES:
        for socket, name in (("TCP", None), ("Unix", "f.sock")):
            filterd = Filterd(folder / f"{engine}-{socket}", engine, name)
            filterd.config["daemon"]["log"] = quiet
            running[socket, engine] = filterd.start()
    return running


def _endpoint(filterd):
    return f"127.0.0.1:{filterd.port}" if filterd.port else filterd.postfix_name


def _measure(filterd, bytes_each, messages, connections):
    return generate(
        "milter_load",
        filterd.process.pid,
        to=_endpoint(filterd),
        connections=connections,
        messages=messages,
        bytes=bytes_each,
        seconds=2,
    )


def run(folder, options):
    table = Table(
        "A milter that adds a header field: our engine beside libmilter",
        "socket", "message", "connections", "engine", "messages/s", "p50 ms",
        "p99 ms", "CPU µs/message", "relay's CPU µs/message",
    )
    filters = _filters(folder)
    try:
        for socket in ("TCP", "Unix"):
            for size, (bytes_each, most) in SIZES.items():
                for connections in CONNECTIONS:
                    for engine in ENGINES:
                        _add(table, filters[socket, engine], options,
                             (socket, size, connections, engine),
                             (bytes_each, most))
    finally:
        for filterd in filters.values():
            filterd.stop()
    return [table]


def _add(table, filterd, options, labels, load):
    bytes_each, most = load
    connections = labels[2]
    messages = most // 4 if connections == 1 else most
    rows = [
        _measure(filterd, bytes_each, messages, connections)
        for _ in range(options.repeat)
    ]
    for row in rows:
        row["relay_us"] = row["generator_cpu"] / row["messages"] * 1e6
    figures = median(rows)
    table.add(
        *labels[:2], str(connections), labels[3],
        f"{figures['rate']:.0f}",
        f"{figures['p50_us'] / 1000:.2f}",
        f"{figures['p99_us'] / 1000:.2f}",
        f"{figures['cpu_us']:.0f}",
        f"{figures['relay_us']:.0f}",
    )
