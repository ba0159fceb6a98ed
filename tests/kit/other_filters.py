"""Debian's mail filters (milters) in folders and on ports of their own: nothing
of theirs listens beyond loopback, looks a name up or fetches anything."""

import pathlib
import shutil
import subprocess

from kit.postfix import open_to_all
from kit.waiting import free_port, listens, until

# What the filters below have something against.
VIRUS = "this text stands for a virus"
SPAM = "unwanted goods"  # Marked.
WORST_SPAM = "stolen goods"  # Refused.


class OtherFilter:
    """Listens on `port`. Its last process is the one that mail servers talk to."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        open_to_all(self.folder)
        self.port = free_port()
        self.processes = []

    def _run(self, *command, ready=None, user=None, cwd=None):
        with open(self.folder / "filter.log", "ab") as log:
            process = subprocess.Popen(
                [str(word) for word in command], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, cwd=cwd or self.folder, user=user,
            )
        self.processes.append(process)

        def serves():
            assert process.poll() is None, self.log()
            return ready() if ready else listens(self.port)

        until(serves, 60, f"{command[0]} listening")

    def _write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def log(self):
        return (self.folder / "filter.log").read_text(errors="replace")

    def kill(self):
        """Ends the filter itself as a crash does."""
        process = self.processes.pop()
        process.kill()
        process.wait()

    def stop(self):
        if self.processes:
            self.kill()  # libmilter takes five seconds to end by itself.
        while self.processes:
            process = self.processes.pop()
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class ClamavMilter(OtherFilter):
    """clamav-milter with a clamd whose database knows nothing but VIRUS."""

    def __init__(self, folder, on_infected="Reject"):
        super().__init__(folder)
        (self.folder / "db").mkdir()
        (self.folder / "tmp").mkdir()
        self._write("db/test.ndb", f"Postern.Test:0:*:{VIRUS.encode().hex()}\n")
        self.socket = self.folder / "clamd.sock"
        self._write("clamd.conf", (
            f"Foreground yes\nLocalSocket {self.socket}\n"
            f"DatabaseDirectory {self.folder}/db\n"
            f"TemporaryDirectory {self.folder}/tmp\n"))
        self._write("milter.conf", (
            f"Foreground yes\nMilterSocket inet:{self.port}@127.0.0.1\n"
            f"ClamdSocket unix:{self.socket}\nOnInfected {on_infected}\n"
            + ("RejectMsg infected with %v\n" if on_infected == "Reject" else "")
            + "AddHeader Replace\nReportHostname scanner.test\n"
            f"TemporaryDirectory {self.folder}/tmp\n"))

    def start(self):
        self._run("clamd", f"--config-file={self.folder}/clamd.conf",
                  ready=self.socket.exists)
        self._run("clamav-milter", f"--config-file={self.folder}/milter.conf")
        return self


_RSPAMD = """\
options {{
  pidfile = "{folder}/rspamd.pid";
  tempdir = "{folder}";
  cache_file = "{folder}/symbols.cache";
  hs_cache_dir = "{folder}/";
  control_socket = "{folder}/control.sock mode=0600";
  url_tld = "{folder}/tld";
  filters = "regexp";
  dns {{ nameserver = ["127.0.0.1:1:1"]; timeout = 0.1s; retransmits = 1; }}
}}
logging {{ type = "console"; level = "notice"; }}
lua = "/usr/share/rspamd/rules/rspamd.lua";
modules {{ path = "/usr/share/rspamd/plugins"; }}
milter_headers {{
  use = ["x-spamd-result", "x-spam-status"];
  skip_local = false;
}}
actions {{ reject = 15; add_header = 6; }}
regexp {{
  MARKED {{ re = "/{spam}/{{body}}"; score = 7; }}
  REFUSED {{ re = "/{worst}/{{body}}"; score = 20; }}
}}
worker "rspamd_proxy" {{
  bind_socket = "127.0.0.1:{port}";
  milter = yes;
  count = 1;
  upstream "local" {{ default = yes; self_scan = yes; }}
}}
"""


class Rspamd(OtherFilter):
    """rspamd's proxy in milter mode, which scans itself, with two rules besides
    those of Debian that need no service."""

    def __init__(self, folder):
        super().__init__(folder)
        self._write("tld", "test\ncom\norg\n")
        self._write("rspamd.conf", _RSPAMD.format(
            folder=self.folder, port=self.port, spam=SPAM, worst=WORST_SPAM))

    def start(self):
        self._run("rspamd", "-f", "-i", "-c", self.folder / "rspamd.conf")
        return self

    def kill(self):
        """Its workers, which listen, go with it only if it is asked to end."""
        process = self.processes.pop()
        process.terminate()
        process.wait(20)


class SpamassMilter(OtherFilter):
    """spamass-milter with a spamd that runs local tests only; 15 points are
    refused."""

    def __init__(self, folder):
        super().__init__(folder)
        self.spamd_port = free_port()
        site = self.folder / "site"
        site.mkdir()
        for path in pathlib.Path("/etc/spamassassin").glob("*.pre"):
            shutil.copy(path, site)
        self._write("site/local.cf", (
            f"use_bayes 0\nbody MARKED /{SPAM}/\nscore MARKED 7\n"
            f"body REFUSED /{WORST_SPAM}/\nscore REFUSED 20\n"))

    def start(self):
        self._run(
            "spamd", "-L", "-x", "-i", "127.0.0.1", "-p", self.spamd_port,
            f"--siteconfigpath={self.folder}/site", "-H", self.folder,
            "--max-children", "1", "-s", "stderr",
            ready=lambda: listens(self.spamd_port))
        self._run(
            "spamass-milter", "-p", f"inet:{self.port}@127.0.0.1", "-r", "15",
            "--", "-d", "127.0.0.1", "-p", self.spamd_port)
        return self


class DkimpyMilter(OtherFilter):
    """dkimpy-milter: signs for falcot.com with the RSA key of `dkimd`, a
    kit.dkimd.Dkimd, or verifies (mode "v") and knows that key as everybody's."""

    def __init__(self, folder, dkimd, mode="s"):
        super().__init__(folder)
        key = self.folder / "mail.private"
        shutil.copy(dkimd.keys / "mail.private", key)
        inside = "127.0.0.1" if mode == "s" else "192.0.2.1"
        self._write("milter.conf", (
            f"Syslog no\nMode {mode}\nDomain falcot.com\nSelector mail\n"
            f"KeyFile {key}\nInternalHosts {inside}\nAuthservID relay.test\n"
            f"Socket inet:{self.port}@127.0.0.1\nPidFile {self.folder}/pid\n"
            "UserID nobody:nogroup\nCanonicalization relaxed/relaxed\n"
            f"DNSOverride v=DKIM1;k=rsa;p={dkimd.public['mail']}\n"))

    def start(self):
        self._run("dkimpy-milter", self.folder / "milter.conf")
        return self
