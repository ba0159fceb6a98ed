"""Certificates and TLS clients, by the openssl program."""

import hashlib
import re
import subprocess


class Certificate:
    """A self-signed certificate for `host` in one PEM file with its key."""

    def __init__(self, folder, host, name=None, days=2):
        self.host = host
        self.file = folder / f"{name or host}.pem"
        self.write(days)

    def write(self, days=2):
        """Makes a new one and puts it in place by renaming."""
        key, cert = self.file.with_suffix(".key"), self.file.with_suffix(".crt")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-nodes"]
            + ["-pkeyopt", "ec_paramgen_curve:P-256", "-days", str(days)]
            + ["-subj", f"/CN={self.host}", "-addext", f"subjectAltName=DNS:{self.host}"]
            + ["-keyout", key, "-out", cert],
            check=True,
            capture_output=True,
        )
        fresh = self.file.with_suffix(".new")
        fresh.write_text(key.read_text() + cert.read_text())
        fresh.rename(self.file)

    def fingerprint(self):
        """As Postfix writes it: SHA-256, AB:CD:…"""
        done = subprocess.run(
            ["openssl", "x509", "-in", self.file, "-noout", "-fingerprint"]
            + ["-sha256"],
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip().partition("=")[2]


class Authority:
    """One that vouches for servers: its own certificate in `file`."""

    def __init__(self, folder, name="Test Authority"):
        self.folder = folder
        self.file, self._key = folder / "authority.pem", folder / "authority.key"
        self._name = name
        self.renew()

    def renew(self):
        """Another key and certificate of the same name."""
        self._openssl(
            *["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"],
            *["-pkeyopt", "ec_paramgen_curve:P-256", "-subj", f"/CN={self._name}"],
            *["-addext", "basicConstraints=critical,CA:TRUE"],
            *["-keyout", self._key, "-out", self.file],
        )

    def issue(self, *hosts, days=2):
        """The path of a PEM file with the key, the certificate for `hosts` and
        the authority's; less than 0 `days` ago it ended."""
        file = self.folder / f"{hosts[0]}.pem"
        request, key = file.with_suffix(".csr"), file.with_suffix(".key")
        extensions = file.with_suffix(".ext")
        names = ",".join(f"DNS:{host}" for host in hosts)
        extensions.write_text(f"subjectAltName={names}\n")
        self._openssl(
            *["req", "-new", "-newkey", "ec", "-nodes", "-subj", "/O=Test"],
            *["-pkeyopt", "ec_paramgen_curve:P-256"],
            *["-keyout", key, "-out", request],
        )
        issued = self._openssl(
            *["x509", "-req", "-in", request, "-days", str(days), "-CAcreateserial"],
            *["-CA", self.file, "-CAkey", self._key, "-extfile", extensions],
        )
        file.write_text(key.read_text() + issued + self.file.read_text())
        return file

    @staticmethod
    def _openssl(*arguments):
        return subprocess.run(
            ["openssl", *arguments], check=True, capture_output=True, text=True
        ).stdout


def tlsa(file, usage=3, selector=1):
    """The data of a TLSA record (SHA-256) for the first certificate in `file`."""
    certificate = ["openssl", "x509", "-in", str(file), "-noout", "-pubkey"]
    to_der = ["openssl", "pkey", "-pubin", "-outform", "DER"]
    if selector == 0:
        certificate, to_der = ["cat", str(file)], ["openssl", "x509", "-outform", "DER"]
    text = subprocess.run(certificate, check=True, capture_output=True).stdout
    der = subprocess.run(to_der, input=text, check=True, capture_output=True).stdout
    return f"{usage} {selector} 1 {hashlib.sha256(der).hexdigest()}"


class SClient:
    """What `openssl s_client` says of a server; `input` is sent to it."""

    def __init__(self, port, *options, starttls=False, send="QUIT\r\n", keys=False):
        # With `keys` a line with R asks for renegotiation: of a server that has
        # said its greeting, for what it says meanwhile ends the handshake.
        command = ["timeout", "60", "openssl", "s_client"]
        command += ["-connect", f"127.0.0.1:{port}"]
        command += ["-starttls", "smtp"] if starttls else []
        command += [*([] if keys else ["-ign_eof"]), "-crlf", *map(str, options)]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True
        ) as client:
            self.output = self._until_greeted(client) if keys and not starttls else ""
            self.output += client.communicate(send.replace("\r\n", "\n"))[0]
        self.succeeded = "Cipher is (NONE)" not in self.output and re.search(
            r"Cipher is \S+", self.output
        )

    @staticmethod
    def _until_greeted(client):
        lines = []
        for line in client.stdout:
            lines.append(line)
            if line.startswith("220 "):
                break
        return "".join(lines)

    @property
    def subject(self):
        found = re.search(r"^subject=CN = (\S+)", self.output, re.MULTILINE)
        return found[1] if found else None

    @property
    def version(self):
        found = re.search(r"^(?:New|Reused), (TLSv[0-9.]+)", self.output, re.MULTILINE)
        return found[1] if found else None

    @property
    def is_resumed(self):
        return "\nReused, " in self.output
