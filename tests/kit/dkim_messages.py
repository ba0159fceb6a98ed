"""Messages to be signed, and keys with the records that verify them."""

import random
import re
import subprocess

from kit.program import binary

DOMAIN = "example.org"
_WORDS = ["Hello", "you", "and", "all", "the", "rest", "of", "us.", "x" * 70, "=20"]


def ctl(*arguments, data=None, timeout=30):
    return subprocess.run(
        [binary("posternctl"), "dkim", *map(str, arguments)],
        input=data,
        capture_output=True,
        timeout=timeout,
        check=False,
    )


class Keys:
    """A key of each kind in `folder`: `rsa` and `ed25519` are their selectors."""

    def __init__(self, folder):
        self.folder = folder
        self.table = folder / "keytable"
        self.zone = folder / "records"
        self.records = {}  # By their names.
        lines = []
        for kind in ("rsa", "ed25519"):
            made = ctl("keygen", "-s", kind, "-d", DOMAIN, "-D", folder, "--type", kind)
            assert made.returncode == 0, made.stderr
            lines.append(f"{kind} {DOMAIN}:{kind}:{self.file(kind)}\n")
            text = (folder / f"{kind}.txt").read_text()
            name = f"{kind}._domainkey.{DOMAIN}"
            self.records[name] = "".join(re.findall(r'"([^"]*)"', text))
        self.table.write_text("".join(lines))
        self.zone.write_text(
            "".join(
                f"{name}. 300 IN TXT "
                + " ".join(f'"{text[i:i + 250]}"' for i in range(0, len(text), 250))
                + "\n"
                for name, text in self.records.items()
            )
        )

    def file(self, kind):
        return self.folder / f"{kind}.private"


def _line(rng, length):
    words = (rng.choice(_WORDS) for _ in range(length))
    return "".join(word + rng.choice([" ", " ", "  ", "\t"]) for word in words)


def _field(rng, name):
    value = _line(rng, rng.randrange(1, 9)).strip() or "x"
    if rng.random() < 0.4:
        value = value.replace(" ", "\r\n ", 1)
    return f"{name}:{rng.choice(['', ' ', '  '])}{value}{rng.choice(['', '', ' '])}"


def message(number):
    """The message of this number, with CR LF: another header, another body."""
    rng = random.Random(number)
    names = ["To", "Subject", "Cc", "X-Other", "List-Id", "Content-Type"]
    fields = [f"From: Joe {number} <joe{number}@{DOMAIN}>"]
    fields += ["Date: Sun, 29 Nov 2026 12:00:00 +0000"]
    fields += [_field(rng, n) for n in names if rng.random() < 0.7]
    fields += [_field(rng, "Received") for _ in range(rng.randrange(3))]
    rng.shuffle(fields)
    body = [_line(rng, rng.randrange(0, 12)) for _ in range(rng.randrange(0, 15))]
    body += [""] * rng.randrange(0, 4)
    text = "\r\n".join(fields) + "\r\n\r\n" + "".join(line + "\r\n" for line in body)
    return text.encode()
