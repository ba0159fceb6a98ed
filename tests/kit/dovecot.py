"""Debian's Dovecot as a mail store of its own: LMTP on a socket and a port, and
a socket where it knows passwords for Postfix."""

import pathlib
import pwd
import shutil
import subprocess

from kit.maildir import Maildir
from kit.postfix import open_to_all
from kit.waiting import free_port, listens, until

_CONFIG = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = lmtp
ssl = no
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_plugins = quota
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
plugin {{
  quota = maildir:User quota
  quota_grace = 0
}}
service lmtp {{
  unix_listener {folder}/lmtp {{
    mode = 0666
  }}
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {port}
  }}
}}
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5 scram-sha-256
service auth {{
  unix_listener {folder}/auth {{
    mode = 0666
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""


class Dovecot:
    """Has mailboxes for alice and bob at example.org, and one for full, who
    has no room left; their password is "x". Use it as a context manager."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.socket = self.folder / "lmtp"
        self.auth_socket = self.folder / "auth"
        self.process = None
        owner = pwd.getpwnam("nobody")
        for name in ("run", "state", "mail"):
            (self.folder / name).mkdir(parents=True)
        open_to_all(self.folder)
        shutil.chown(self.folder / "mail", owner.pw_uid, owner.pw_gid)
        rules = {"alice": "100M", "bob": "100M", "full": "1B"}
        (self.folder / "users").write_text(
            "".join(
                f"{user}@example.org:{{plain}}x:{owner.pw_uid}:{owner.pw_gid}::"
                f"{self.folder}/mail/{user}::userdb_quota_rule=*:bytes={room}\n"
                for user, room in rules.items()
            )
        )
        self.config = self.folder / "dovecot.conf"
        self.config.write_text(_CONFIG.format(folder=self.folder, port=self.port))

    def __enter__(self):
        self.process = subprocess.Popen(
            ["/usr/sbin/dovecot", "-F", "-c", self.config],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )
        until(lambda: listens(self.port), 20, "Dovecot")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)

    def mailbox(self, user):
        return Maildir(self.folder / "mail" / user / "Maildir")

    def log(self):
        return (self.folder / "dovecot.log").read_text()
