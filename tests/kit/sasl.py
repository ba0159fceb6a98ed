"""Passwords for AUTH: a sasldb2 file, Debian's saslauthd, and a client that
speaks SCRAM, which smtplib and swaks do not."""

import base64
import hashlib
import hmac
import os
import re
import socketserver
import subprocess
import threading

from kit.waiting import free_port, until

PATH = os.environ["PATH"] + ":/usr/sbin"


class SaslDatabase:
    """A sasldb2 file of the test's own."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "sasldb2"

    def add(self, user, password, realm="relay.test"):
        subprocess.run(
            ["saslpasswd2", "-p", "-c", "-f", self.path, "-u", realm, user],
            input=password.encode(),
            env={**os.environ, "PATH": PATH},
            check=True,
            timeout=20,
        )


class _Login(socketserver.StreamRequestHandler):
    """An IMAP server that knows LOGIN: whom saslauthd asks (rimap)."""

    def handle(self):
        self.wfile.write(b"* OK here\r\n")
        tag, _, words = self.rfile.readline().decode().strip().partition(" ")
        found = re.fullmatch(r'LOGIN "(.*)" "(.*)"', words)
        right = found and found.groups() in self.server.users
        self.wfile.write(f"{tag} {'OK in' if right else 'NO wrong'}\r\n".encode())


class Saslauthd:
    """Debian's saslauthd with a socket folder of its own. `users`: pairs of
    name and password."""

    def __init__(self, folder, users):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "mux"
        self.imap = socketserver.ThreadingTCPServer(
            ("127.0.0.1", free_port()), _Login
        )
        self.imap.users = set(users)
        self.process = None

    def start(self):
        threading.Thread(target=self.imap.serve_forever, daemon=True).start()
        host, port = self.imap.server_address
        with open(self.folder / "saslauthd.log", "ab") as log:
            self.process = subprocess.Popen(
                ["saslauthd", "-d", "-a", "rimap", "-O", f"{host}/{port}"]
                + ["-n", "1", "-m", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # When it is told to end it ends its whole process group.
                start_new_session=True,
                env={**os.environ, "PATH": PATH},
            )
        until(self.path.exists, 15, "saslauthd's socket")
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        self.imap.shutdown()
        self.imap.server_close()


def to_base64(data):
    if isinstance(data, str):
        data = data.encode()
    return base64.b64encode(data).decode()


def plain(user, password):
    """PLAIN's one response (RFC 4616)."""
    return to_base64(f"\0{user}\0{password}")


def scram(wire, mechanism, user, password):
    """Authenticates with SCRAM-SHA-1 or SCRAM-SHA-256 (RFC 5802, 7677) and
    checks the server's proof; returns the last reply."""
    hash_name = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}[mechanism]
    first = f"n={user},r=" + to_base64(os.urandom(18))
    reply = wire.say(f"AUTH {mechanism} {to_base64('n,,' + first)}")
    if not reply.startswith("334 "):
        return reply
    server_first = base64.b64decode(reply[4:]).decode()
    fields = dict(part.split("=", 1) for part in server_first.split(","))
    salted = hashlib.pbkdf2_hmac(
        hash_name,
        password.encode(),
        base64.b64decode(fields["s"]),
        int(fields["i"]),
    )

    def keyed(key, text):
        return hmac.new(key, text.encode(), hash_name).digest()

    client_key = keyed(salted, "Client Key")
    bare = "c=biws,r=" + fields["r"]
    signed = ",".join((first, server_first, bare))
    signature = keyed(hashlib.new(hash_name, client_key).digest(), signed)
    proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    reply = wire.say(to_base64(f"{bare},p={to_base64(proof)}"))
    if not reply.startswith("334 "):
        return reply
    server_key = keyed(salted, "Server Key")
    want = "v=" + to_base64(keyed(server_key, signed))
    assert base64.b64decode(reply[4:]).decode() == want, reply
    return wire.say("")
