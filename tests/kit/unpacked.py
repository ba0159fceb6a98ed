"""Other people's mail servers that cannot be installed beside Postfix: Debian's
Exim and OpenSMTPD, unpacked into a folder and run there in a mount namespace of
their own, where their users and their folders are."""

import pathlib
import pwd
import shutil
import subprocess

from kit.maildir import Maildir
from kit.postfix import open_to_all
from kit.waiting import free_port, listens, until

_LIST = pathlib.Path(__file__).parents[2] / "deploy" / "packages" / "unpack.txt"
_USERS = ("Debian-exim", "opensmtpd", "opensmtpq")

_EXIM = """\
primary_hostname = exim.test
spool_directory = {folder}/spool
log_file_path = {folder}/%slog.log
pid_file_path = {folder}/spool/pid
exim_user = nobody
exim_group = nogroup
deliver_drop_privilege = true
never_users =
keep_environment =
local_interfaces = <; 127.0.0.1
daemon_smtp_ports = {port}
host_lookup =
rfc1413_hosts =
smtputf8_advertise_hosts = *
tls_certificate = {identity}
acl_smtp_rcpt = check_rcpt
acl_smtp_data = check_data
begin acl
check_rcpt:
  deny local_parts = refused
       message = no such user
  accept domains = example.org
  deny
check_data:
  accept
begin routers
all:
  driver = accept
  transport = maildir
begin transports
maildir:
  driver = appendfile
  maildir_format
  create_directory
  directory = {folder}/mail/${{lookup {{$local_part}} lsearch,ret=key {{{folder}/users}}}}
  user = nobody
  group = nogroup
begin retry
* * F,1h,1m
"""

_OPENSMTPD = """\
pki test cert "{identity}"
pki test key "{identity}"
table everybody {{ "@example.org" = "nobody" }}
listen on 127.0.0.1 port {port} hostname opensmtpd.test tls pki test
action "keep" maildir "{folder}/mail/%{{rcpt.user}}" virtual <everybody>
match from any for rcpt-to "refused@example.org" reject
match from any for domain "example.org" action "keep"
"""


def unpack(folder):
    """Downloads the packages of the list and unpacks them; returns where. Raises
    CalledProcessError if Debian's archive cannot be reached."""
    names = [
        line for line in _LIST.read_text().split("\n") if line and line[0] != "#"
    ]
    root = folder / "root"
    root.mkdir(parents=True)
    open_to_all(folder)
    _run(["apt-get", "-q", "update"], folder)
    _run(["apt-get", "-q", "download", *names], folder)
    for package in folder.glob("*.deb"):
        _run(["dpkg", "-x", package, root], folder)
    return root


def _run(words, folder):
    subprocess.run(
        words, cwd=folder, check=True, capture_output=True, timeout=300
    )


class UnpackedServer:
    """Mail for example.org goes into Maildirs below its folder; there is no
    refused@example.org. Use it as a context manager."""

    def __init__(self, root, folder, certificate):
        self.root = root
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.process = None
        nobody = pwd.getpwnam("nobody")
        for name in ("mail", "spool", "run", "lib/opensmtpd/empty"):
            (self.folder / name).mkdir(parents=True)
        open_to_all(self.folder)
        for name in self.owned:
            shutil.chown(self.folder / name, nobody.pw_uid, nobody.pw_gid)
        for name in ("passwd", "group"):
            text = pathlib.Path("/etc", name).read_text()
            for number, user in enumerate(_USERS, 970):
                tail = ":/nonexistent:/bin/false" if name == "passwd" else ""
                ids = f"{number}:{number}:" if name == "passwd" else f"{number}:"
                text += f"{user}:x:{ids}{tail}\n"
            (self.folder / name).write_text(text)
        (self.folder / "users").write_text("alice:\nbob:\nälice:\n")
        identity = self.folder / "identity.pem"
        identity.write_bytes(certificate.file.read_bytes())
        identity.chmod(self.key_mode)
        self.config = self.folder / "config"
        self.config.write_text(
            self.template.format(
                folder=self.folder,
                port=self.port,
                identity=identity,
            )
        )

    def __enter__(self):
        places = {
            self.folder / "passwd": "/etc/passwd",
            self.folder / "group": "/etc/group",
            self.folder / "spool": "/var/spool",
            self.folder / "lib": "/var/lib",
            self.folder / "run": "/var/run",
            self.root / "usr/libexec": "/usr/libexec",
        }
        script = ["set -e", "mount --make-rprivate /"]
        script += [f"mount --bind {ours} {theirs}" for ours, theirs in places.items()]
        script.append("exec " + " ".join(map(str, self.words())))
        with open(self.folder / "output.log", "ab") as log:
            self.process = subprocess.Popen(
                ["unshare", "-m", "sh", "-c", "\n".join(script)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

        def serves():
            assert self.process.poll() is None, self.log()
            return listens(self.port)

        until(serves, 30, f"{type(self).__name__} listening")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)

    def mailbox(self, user):
        return Maildir(self.folder / "mail" / user)

    def log(self):
        return "".join(
            path.read_text(errors="replace") for path in self.folder.glob("*.log")
        )


class Exim(UnpackedServer):
    """Debian's exim4-daemon-light."""

    template = _EXIM
    owned = ("mail", "spool", ".")
    key_mode = 0o644

    def words(self):
        return [self.root / "usr/sbin/exim4", "-C", self.config, "-bdf"]


class OpenSmtpd(UnpackedServer):
    """Debian's OpenSMTPD."""

    template = _OPENSMTPD
    owned = ("mail",)
    key_mode = 0o600

    def words(self):
        return [self.root / "usr/sbin/smtpd", "-d", "-f", self.config]
