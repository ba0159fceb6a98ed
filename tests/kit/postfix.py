"""Debian's Postfix as an instance of its own: configuration, queue and ports
apart from the machine's, on loopback, in the foreground."""

import pathlib
import pwd
import re
import shutil
import subprocess

from kit.maildir import Maildir
from kit.waiting import free_port, listens, until

# The services of Debian's master.cf without chroot, which would need copies
# of the system's files below the queue directory.
_MASTER = """\
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
local unix - n n - - local
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = /var, /dev/stdout, {folder}
myhostname = postfix.test
mydestination =
mynetworks = 127.0.0.1/32
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
smtpd_tls_security_level = none
smtp_tls_security_level = none
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ alice@example.org=alice/, bob@example.org=bob/ }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
"""


class Postfix:
    """Mail for alice and bob at example.org goes into Maildirs of its own.
    `settings` are lines of main.cf; a later line wins."""

    def __init__(self, folder, settings=""):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.process = None
        user = pwd.getpwnam("postfix")
        for name in ("etc", "data", "queue", "mail"):
            (self.folder / name).mkdir(parents=True)
        open_to_all(self.folder)
        for name in ("data", "mail"):
            shutil.chown(self.folder / name, user.pw_uid, user.pw_gid)
        main = _MAIN.format(
            folder=self.folder, uid=user.pw_uid, gid=user.pw_gid
        )
        etc = self.folder / "etc"
        (etc / "main.cf").write_text(_last_of_each(main + settings))
        (etc / "master.cf").write_text(_MASTER.format(port=self.port))
        for name in ("postfix-files", "postfix-script", "post-install"):
            source = pathlib.Path("/etc/postfix") / name
            if source.exists():
                shutil.copy(source, etc / name)
        (self.folder / "mail.log").touch()

    def start(self):
        with open(self.folder / "start.log", "ab") as log:
            self.process = subprocess.Popen(
                ["postfix", "-c", str(self.folder / "etc"), "start-fg"],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )

        def serves():
            assert self.process.poll() is None, self.log()
            return listens(self.port)

        until(serves, 30, "Postfix listening")
        return self

    def stop(self):
        """`postfix start-fg` is a script: its end is not that of the master."""
        if self.process and self.process.poll() is None:
            self.command("postfix", "stop")
            self.process.wait(20)

    def command(self, name, *arguments):
        """Runs postqueue, postconf … against this instance."""
        return subprocess.run(
            [name, "-c", str(self.folder / "etc"), *arguments],
            capture_output=True,
            text=True,
            timeout=30,
        )

    def mailbox(self, user):
        return Maildir(self.folder / "mail" / user)

    def log(self):
        text = (self.folder / "mail.log").read_text(errors="replace")
        return text + (self.folder / "start.log").read_text(errors="replace")

    def log_lines(self, pattern):
        return [x for x in self.log().splitlines() if re.search(pattern, x)]


def _last_of_each(lines):
    """main.cf without the entries that a later one takes the place of: Postfix
    logs one line for each, from every process, before its logger is there."""
    entries = {}
    for entry in re.split(r"\n(?=\S)", lines.strip()):
        name = entry.split("=")[0].strip()
        entries.pop(name, None)
        entries[name] = entry
    return "\n".join(entries.values()) + "\n"


def open_to_all(folder):
    """Lets Postfix's user reach the folder: pytest's are for root alone."""
    for path in (folder, *folder.parents):
        if path == pathlib.Path("/tmp") or path == pathlib.Path("/"):
            return
        path.chmod(path.stat().st_mode | 0o755)
