"""Debian's opendkim, the program that dkimd stands in for."""

import pathlib
import shutil
import subprocess

from kit.postfix import open_to_all
from kit.waiting import free_port, listens, until

_CONFIG = """\
Syslog no
Background no
Mode sv
Socket inet:{port}@127.0.0.1
UserID opendkim
Domain falcot.com
Selector mail
KeyFile {folder}/mail.private
Canonicalization relaxed/relaxed
OversignHeaders From
AlwaysAddARHeader yes
InternalHosts 127.0.0.1
TestPublicKeys {folder}/public
# Its folder is below /tmp, where anybody may write.
RequireSafeKeys no
"""


class Opendkim:
    """Listens on `port`; signs with the RSA key of `dkimd`, a kit.dkimd.Dkimd,
    and knows the same public keys."""

    def __init__(self, folder, dkimd):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        open_to_all(self.folder)
        self.port = free_port()
        key = self.folder / "mail.private"
        shutil.copy(dkimd.keys / "mail.private", key)
        shutil.chown(key, "opendkim", "opendkim")
        key.chmod(0o600)
        (self.folder / "public").write_text(
            "mail._domainkey.falcot.com v=DKIM1; k=rsa; p="
            f"{dkimd.public['mail']}\n")
        (self.folder / "opendkim.conf").write_text(
            _CONFIG.format(port=self.port, folder=self.folder))
        self.process = None

    def start(self):
        with open(self.folder / "opendkim.log", "ab") as log:
            self.process = subprocess.Popen(
                ["opendkim", "-f", "-x", str(self.folder / "opendkim.conf")],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )
        until(lambda: listens(self.port), 20, "opendkim listening")
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
