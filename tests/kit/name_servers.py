"""Name servers of a zone: BIND's named, whose zone those may change who have its
key, and NSD, which has a copy that nobody changes."""

import re
import subprocess

from kit.waiting import until

SECRET = "cG9zdGVybiB0ZXN0cyBzaG93IGVhY2ggc3RhdGUhISE="


def key_file(path, name="postern", secret=SECRET, algorithm="hmac-sha256"):
    """Writes a key as tsig-keygen(8) does, for its owner alone."""
    path.write_text(
        f'key "{name}" {{\n\talgorithm {algorithm};\n\tsecret "{secret}";\n}};\n'
    )
    path.chmod(0o600)
    return path


class NameServer:
    """Serves `zone` on an address of loopback. The zone has `records` (lines)
    besides its SOA, and the name servers `servers`, {name: address}."""

    def __init__(self, folder, port, servers, records=(), zone="example.org",
                 address="127.0.0.1"):
        folder.mkdir(parents=True)
        self.folder, self.port, self.zone = folder, port, zone
        self.address = address
        self.process = None
        lines = [f"{zone}. 300 IN SOA {next(iter(servers))}. h.{zone}. 1 60 60 600 60"]
        for name, place in servers.items():
            lines += [f"{zone}. 300 IN NS {name}.", f"{name}. 300 IN A {place}"]
        (folder / "zone").write_text("\n".join([*lines, *records]) + "\n")

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        until(self._answers, 20, "the name server answers")
        return self

    def _answers(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
        return "status: NOERROR" in self._dig(self.zone, "SOA")

    def _dig(self, name, kind):
        return subprocess.run(
            ["dig", "+tries=1", "+time=2", "+norecurse", "-p", str(self.port),
             f"@{self.address}", name, kind],
            capture_output=True, text=True, check=False, timeout=20,
        ).stdout

    def txt(self, name):
        """The TXT records of a name, each with its strings joined."""
        found = re.findall(r"\sIN\s+TXT\s+(.*)", self._dig(name, "TXT"))
        return ["".join(re.findall(r'"([^"]*)"', record)) for record in found
                if '"' in record]

    def add_records(self, text):
        """Adds lines to the zone of a server that does not run."""
        with open(self.folder / "zone", "a") as zone:
            zone.write(text)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(20)


class Named(NameServer):
    """`key` is the file of the key that may change DKIM records of the zone."""

    def __init__(self, folder, port, servers, key, **options):
        super().__init__(folder, port, servers, **options)
        self.key = key
        self.may_change(re.search(r'key "([^"]*)"', key.read_text())[1])

    def may_change(self, key_name):
        """Who may change the zone, from the next start on."""
        (self.folder / "named.conf").write_text(f"""include "{self.key}";
options {{
  directory "{self.folder}";
  pid-file none;
  session-keyfile none;
  listen-on port {self.port} {{ {self.address}; }};
  listen-on-v6 {{ none; }};
  recursion no;
  dnssec-validation no;
  notify no;
}};
controls {{ }};
zone "{self.zone}" {{
  type primary;
  file "zone";
  update-policy {{ grant "{key_name}" wildcard *._domainkey.{self.zone}. TXT; }};
}};
""")

    def command(self):
        return ["named", "-g", "-n", "1", "-c", str(self.folder / "named.conf")]


def nsd_settings(folder, address, port, zones):
    """The configuration of an NSD that serves `zones`, {name: file}."""
    listed = "".join(
        f"zone:\n  name: {name}\n  zonefile: {file}\n" for name, file in zones.items()
    )
    return f"""server:
  ip-address: {address}@{port}
  username: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd.pid"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  server-count: 1
remote-control:
  control-enable: no
{listed}"""


class Nsd(NameServer):
    def command(self):
        conf = self.folder / "nsd.conf"
        conf.write_text(
            nsd_settings(self.folder, self.address, self.port, {self.zone: "zone"})
        )
        return ["nsd", "-d", "-c", str(conf)]

    def kill(self):
        # Its children end with it only if it is asked.
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
