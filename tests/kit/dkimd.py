"""A dkimd with keys and a DNS of its own, and a client of its protocol."""

import base64
import subprocess

from kit import zone
from kit.milter_client import MilterClient
from kit.program import Program, run_once
from kit.waiting import free_port

MESSAGE = (
    b"From: Raphael <raphael@falcot.com>\r\n"
    b"To: Roland <roland@example.org>\r\n"
    b"Subject: handbook\r\n"
    b"Date: Sun, 29 Nov 2026 12:00:00 +0000\r\n"
    b"Message-ID: <1@falcot.com>\r\n"
    b"\r\n"
    b"Dear Roland,\r\n\r\nthe handbook is done.\r\n"
)
INSIDE = "127.0.0.1"
OUTSIDE = "192.0.2.10"


def make_key(path, kind="rsa", bits=2048):
    """Writes a new private key, and returns the p= of its record."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "rsa":
        command = ["openssl", "genrsa", "-out", str(path), str(bits)]
    else:
        command = ["openssl", "genpkey", "-algorithm", "ed25519", "-out",
                   str(path)]
    subprocess.run(command, check=True, capture_output=True)
    path.chmod(0o600)
    der = subprocess.run(
        ["openssl", "pkey", "-in", str(path), "-pubout", "-outform", "DER"],
        check=True, capture_output=True,
    ).stdout
    # The last 32 bytes of an Ed25519 SubjectPublicKeyInfo are the key.
    return base64.b64encode(der if kind == "rsa" else der[-32:]).decode()


def key_record(domain, selector, public, kind="rsa", more=""):
    """The line of a zone for a key, its text in strings of 255 bytes at most."""
    text = f"v=DKIM1; k={kind}; {more}p={public}"
    strings = " ".join(
        f'"{text[at:at + 250]}"' for at in range(0, len(text), 250)
    )
    return f"{selector}._domainkey.{domain}. 300 IN TXT {strings}"


class Dkimd(Program):
    """Signs for falcot.com with an RSA key `mail` and an Ed25519 key `ed`, whose
    records are in its DNS, and answers on `port`. `config` is laid over that
    configuration, `zone_lines` are added to the DNS."""

    def __init__(self, folder, config=None, zone_lines=()):
        self.port = free_port()
        self.keys = folder / "keys"
        self.zone_file = folder / "zone"
        self.public = {
            "mail": make_key(self.keys / "mail.private"),
            "ed": make_key(self.keys / "ed.private", "ed25519"),
        }
        self.records = [
            key_record("falcot.com", "mail", self.public["mail"]),
            key_record("falcot.com", "ed", self.public["ed"], "ed25519"),
            zone.txt("falcot.com", "v=spf1 -all"),
            *zone_lines,
        ]
        self.zone_file.write_text("\n".join(self.records) + "\n")
        base = {
            "milter": {"listen": [f"127.0.0.1:{self.port}"]},
            "dns": {"local_data_files": [str(self.zone_file)],
                    "servers": ["127.0.0.1:1"], "timeout": "1s"},
            "signing": {
                "domains": [{
                    "domain": ["falcot.com"],
                    "subdomains": True,
                    "keys": [
                        {"selector": "mail",
                         "file": str(self.keys / "mail.private")},
                        {"selector": "ed",
                         "file": str(self.keys / "ed.private")},
                    ],
                }],
            },
        }
        _lay_over(base, config or {})
        super().__init__("dkimd", folder, base)

    def send(self, message=MESSAGE, **options):
        """Puts a message through on a connection of its own."""
        with MilterClient(self.port) as client:
            return client.send(message, **options)

    def sign(self, message=MESSAGE, **options):
        """The message with the signatures that it gets, and the Outcome."""
        outcome = self.send(message, address=INSIDE, **options)
        return outcome.apply(message), outcome

    def results(self, message, **options):
        """The Authentication-Results of a message from outside."""
        outcome = self.send(message, **options)
        [value] = outcome.fields("Authentication-Results")
        return value

    def ctl(self, *arguments):
        """Runs posternctl against this dkimd."""
        return run_once(
            "posternctl", "--server", self.admin, *arguments, folder=self.folder
        )


def _lay_over(base, config):
    for key, value in config.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _lay_over(base[key], value)
        else:
            base[key] = value
