"""Run with Debian's Python: dkimpy over many files.

verify RECORDS FILE...: prints for each file how many signatures pass, of how
many. sign KEY SELECTOR DOMAIN ALGORITHM FORMS FILE...: signs each in place.
RECORDS is a JSON object of names and texts."""

import base64
import json
import pathlib
import sys

import dkim


def verify(records, *files):
    texts = json.loads(pathlib.Path(records).read_text())

    def text_of(name, timeout=5):
        return texts.get(name.decode().rstrip("."), "").encode() or None

    for file in files:
        message = pathlib.Path(file).read_bytes()
        count = message.lower().count(b"dkim-signature:")
        good = sum(
            dkim.DKIM(message).verify(idx=i, dnsfunc=text_of) for i in range(count)
        )
        print(good, count)


def sign(key, selector, domain, algorithm, forms, *files):
    secret = pathlib.Path(key).read_bytes()
    if algorithm.startswith("ed25519"):  # dkimpy wants its 32 bytes alone.
        der = base64.b64decode(secret.splitlines()[1])
        secret = base64.b64encode(der[-32:])
    for file in map(pathlib.Path, files):
        message = file.read_bytes()
        signature = dkim.sign(
            message,
            selector.encode(),
            domain.encode(),
            secret,
            canonicalize=tuple(form.encode() for form in forms.split("/")),
            signature_algorithm=algorithm.encode(),
        )
        file.write_bytes(signature + message)


{"verify": verify, "sign": sign}[sys.argv[1]](*sys.argv[2:])
