"""Debian's opendkim, the program that dkimd stands in for."""

import pathlib
import shutil
import subprocess

from kit.postfix import open_to_all
from kit.waiting import free_port, listens, until

_CONFIG = """\
Syslog no
Background no
UMask 000
Mode {mode}
Socket {socket}
UserID opendkim
Domain falcot.com
Selector mail
KeyFile {folder}/mail.private
Canonicalization relaxed/relaxed
OversignHeaders From
AlwaysAddARHeader yes
InternalHosts {inside}
TestPublicKeys {folder}/public
# Its folder is below /tmp, where anybody may write.
RequireSafeKeys no
"""


class Opendkim:
    """Listens on `port`, or on the Unix socket `path`; signs what comes from
    `inside` with the RSA key of `dkimd`, a kit.dkimd.Dkimd, and knows the same
    public key."""

    def __init__(self, folder, dkimd, mode="sv", inside="127.0.0.1", path=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        open_to_all(self.folder)
        shutil.chown(self.folder, "opendkim", "opendkim")
        self.port = free_port()
        self.path = path
        key = self.folder / "mail.private"
        shutil.copy(dkimd.keys / "mail.private", key)
        shutil.chown(key, "opendkim", "opendkim")
        key.chmod(0o600)
        (self.folder / "public").write_text(
            "mail._domainkey.falcot.com v=DKIM1; k=rsa; p="
            f"{dkimd.public['mail']}\n")
        (self.folder / "opendkim.conf").write_text(
            _CONFIG.format(
                folder=self.folder, mode=mode, inside=inside,
                socket=f"local:{path}" if path
                else f"inet:{self.port}@127.0.0.1"))
        self.process = None

    def start(self):
        with open(self.folder / "opendkim.log", "ab") as log:
            self.process = subprocess.Popen(
                ["opendkim", "-f", "-x", str(self.folder / "opendkim.conf")],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )
        until(self._listens, 20, "opendkim listening")
        return self

    def _listens(self):
        return self.path.exists() if self.path else listens(self.port)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
