"""A name server with a zone that is signed (DNSSEC), and one that is not."""

import subprocess

from kit.name_servers import nsd_settings
from kit.waiting import free_port, until

SIGNED, PLAIN = "signed.example", "plain.example"


class SignedZone:
    """NSD with signed.example and plain.example. `spoil` has the names of
    TLSA records whose signatures do not hold."""

    def __init__(self, folder, signed=(), plain=(), spoil=()):
        folder.mkdir()
        self.folder = folder
        self.port = free_port()
        self._write(SIGNED, signed)
        self._write(PLAIN, plain)
        self._sign(spoil)
        (folder / "nsd.conf").write_text(
            nsd_settings(folder, "127.0.0.1", self.port,
                         {SIGNED: f"{SIGNED}.signed", PLAIN: PLAIN})
        )
        self._server = None

    def _write(self, name, records):
        head = [
            f"{name}. 300 IN SOA ns.{name}. hostmaster.{name}. 1 300 300 300 300",
            f"{name}. 300 IN NS ns.{name}.",
            f"ns.{name}. 300 IN A 127.0.0.1",
        ]
        (self.folder / name).write_text("\n".join([*head, *records]) + "\n")

    def _sign(self, spoil):
        key = self._run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", SIGNED).strip()
        self._run("ldns-signzone", "-o", SIGNED, SIGNED, key)
        self.trust_anchor = self.folder / f"{key}.key"
        signed = self.folder / f"{SIGNED}.signed"
        lines = signed.read_text().splitlines()
        signed.write_text("\n".join(_spoiled(line, spoil) for line in lines) + "\n")

    def _run(self, *command):
        return subprocess.run(
            command, cwd=self.folder, check=True, capture_output=True, text=True
        ).stdout

    def start(self):
        log = open(self.folder / "nsd.log", "ab")
        self._server = subprocess.Popen(
            ["nsd", "-d", "-c", str(self.folder / "nsd.conf")], stdout=log, stderr=log
        )
        log.close()
        until(self._answers, 20, "nsd answers")
        return self

    def _answers(self):
        assert self._server.poll() is None, (self.folder / "nsd.log").read_text()
        asked = subprocess.run(
            ["drill", "-p", str(self.port), "@127.0.0.1", SIGNED, "SOA"],
            capture_output=True,
            text=True,
        )
        return "rcode: NOERROR" in asked.stdout

    def stop(self):
        if self._server and self._server.poll() is None:
            self._server.terminate()
            self._server.wait(20)

    def settings(self):
        """What a relay's `dns` needs to ask it, and to believe it."""
        return {
            "servers": [f"127.0.0.1:{self.port}"],
            "dnssec": True,
            "trust_anchor_file": str(self.trust_anchor),
        }


def _spoiled(line, spoil):
    """A TLSA record with another end than was signed."""
    if line.partition("\t")[0][:-1] not in spoil or "\tTLSA\t" not in line:
        return line
    return line[:-1] + ("1" if line.endswith("0") else "0")
