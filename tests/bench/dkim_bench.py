"""dkimd, on either engine, beside opendkim: messages a second, latency, processor
time, verifying and signing. None asks the DNS for keys: all have them in a file."""

from kit.dkimd import MESSAGE, Dkimd
from kit.opendkim import Opendkim
from measuring import Table, generate, median, resident_mib

CONNECTIONS = (1, 8, 32)
SIZES = {"4 KiB": 4 << 10, "100 KiB": 100 << 10, "1 MiB": 1 << 20}
# Messages of one measurement with 8 connections or more.
COUNTS = {
    "opendkim": {"4 KiB": 1500, "100 KiB": 600, "1 MiB": 100},
    "dkimd": {"4 KiB": 12000, "100 KiB": 3000, "1 MiB": 400},
    "dkimd, libmilter": {"4 KiB": 6000, "100 KiB": 1500, "1 MiB": 300},
}
EVERYWHERE = "0.0.0.0/0"
NOWHERE = "203.0.113.1"


class Subject:
    """One program that does one kind of work, on one kind of socket."""

    def __init__(self, name, server, address):
        self.name = name
        self.server = server
        self.address = address

    def measure(self, size, connections, path):
        count = COUNTS[self.name][size]
        if connections == 1:
            # Where every message waits for a delayed acknowledgement.
            slow = self.name != "dkimd" and "unix" not in self.address
            count //= 10 if slow else 4
        return generate(
            "milter_load", self.server.process.pid, to=self.address,
            connections=connections, messages=max(count, 40), file=path,
            # One client a connection: opendkim does not hear of a second one.
            a_client=1_000_000, seconds=600,
        )


def _ours(folder, work, socket, signer, engine="postern"):
    inside = EVERYWHERE if work == "sign" else NOWHERE
    server = Dkimd(folder, {
        "clients": {"internal_hosts": [inside]},
        "operation": work[0],
        "daemon": {"log": {"level": "warning"}},
    })
    # One RSA key, as opendkim has it.
    del server.config["signing"]["domains"][0]["keys"][1]
    address = f"127.0.0.1:{server.port}"
    if socket == "Unix":
        address = f"unix:{folder}/milter"
        server.config["milter"]["listen"] = [address]
    server.config["milter"]["engine"] = engine
    server.start()
    _take_keys(server, signer)
    name = "dkimd" if engine == "postern" else "dkimd, libmilter"
    return Subject(name, server, address)


def _theirs(folder, dkimd, work, socket):
    path = folder / "milter" if socket == "Unix" else None
    server = Opendkim(folder, dkimd, mode=work[0], path=path,
                      inside=EVERYWHERE if work == "sign" else NOWHERE)
    return Subject("opendkim", server.start(),
                   f"unix:{path}" if path else f"127.0.0.1:{server.port}")


def _messages(folder):
    """The files to send: {(work, size): path}, and the dkimd whose key they
    were signed with."""
    signer = Dkimd(folder / "signer", {"clients": {"internal_hosts": [EVERYWHERE]}})
    del signer.config["signing"]["domains"][0]["keys"][1]
    signer.start()
    files = {}
    line = b"The quick brown fox jumps over the lazy dog, and so on and on.\r\n"
    for name, size in SIZES.items():
        message = MESSAGE + line * ((size - len(MESSAGE)) // len(line))
        signed, _ = signer.sign(message)
        for work, text in (("sign", message), ("verify", signed)):
            files[work, name] = folder / f"{work}-{size}.eml"
            files[work, name].write_bytes(text)
    signer.stop()
    return files, signer


def run(folder, options):
    folder.mkdir(parents=True, exist_ok=True)
    files, signer = _messages(folder)
    table = Table(
        "DKIM: dkimd beside opendkim", "work", "size", "socket", "connections",
        "program", "messages/s", "p50 ms", "p99 ms", "CPU µs/message",
        "× opendkim",
    )
    memory = Table("Resident memory after that", "work", "socket", "program",
                   "MiB")
    for work in ("verify", "sign"):
        for socket in ("TCP", "Unix"):
            place = folder / f"{work}-{socket}"
            programs = [
                _theirs(place / "theirs", signer, work, socket),
                _ours(place / "ours", work, socket, signer),
                _ours(place / "libmilter", work, socket, signer,
                      "libmilter"),
            ]
            try:
                for size in SIZES:
                    for connections in CONNECTIONS:
                        _compare(table, programs,
                                 (work, size, socket, connections),
                                 files[work, size], options)
                for one in programs:
                    memory.add(work, socket, one.name,
                               f"{resident_mib(one.server.process.pid):.0f}")
                for one in programs[1:]:
                    _check(one.server)
            finally:
                for one in programs:
                    one.server.stop()
    return [table, memory]


def _take_keys(server, signer):
    """The key of `signer` and its record: everybody signs with the same."""
    key = server.keys / "mail.private"
    key.write_bytes((signer.keys / "mail.private").read_bytes())
    server.zone_file.write_text(signer.zone_file.read_text())
    server.restart()


def _check(server):
    """Nothing was skipped, and nothing failed."""
    good = server.metric("postern_dkimd_findings_total", finding="good")
    assert good == server.metric("postern_dkimd_milter_messages_total") > 0


def _compare(table, programs, case, path, options):
    work, size, socket, connections = case
    rows = {subject.name: [] for subject in programs}
    for _ in range(options.repeat):
        for subject in programs:
            rows[subject.name].append(subject.measure(size, connections, path))
    peer = median(rows["opendkim"])
    for subject in programs:
        figures = median(rows[subject.name])
        table.add(
            work, size, socket, str(connections), subject.name,
            f"{figures['rate']:.0f}",
            f"{figures['p50_us'] / 1000:.2f}",
            f"{figures['p99_us'] / 1000:.2f}",
            f"{figures['cpu_us']:.0f}",
            f"{figures['rate'] / peer['rate']:.1f}",
        )
