"""Run with Debian's Python: dkimpy over many files.

verify RECORDS FILE...: prints for each file how many signatures pass, of how
many. sign KEY SELECTOR DOMAIN ALGORITHM FORMS FILE...: signs each in place.
seal KEY SELECTOR DOMAIN FILE...: adds a set to the ARC chain of each. chain
RECORDS FILE...: prints what becomes of each chain.
RECORDS is a JSON object of names and texts."""

import base64
import json
import pathlib
import sys

import dkim


def _dns(records):
    texts = json.loads(pathlib.Path(records).read_text())

    def text_of(name, timeout=5):
        return texts.get(name.decode().rstrip("."), "").encode() or None

    return text_of


def chain(records, *files):
    text_of = _dns(records)
    for file in files:
        outcome, _, _ = dkim.arc_verify(pathlib.Path(file).read_bytes(), dnsfunc=text_of)
        # None: the chain says itself that it has failed.
        print((outcome or b"fail").decode())


def verify(records, *files):
    text_of = _dns(records)
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


def seal(key, selector, domain, *files):
    secret = pathlib.Path(key).read_bytes()
    for file in map(pathlib.Path, files):
        message = file.read_bytes()
        # dkimpy takes what it says of the chain before from our own results.
        hop = message.lower().count(b"arc-seal:") + 1
        host, chain = f"mx{hop}.{domain}", "pass" if hop > 1 else "none"
        results = f"Authentication-Results: {host}; arc={chain}; spf=pass\r\n"
        message = results.encode() + message
        fields = dkim.arc_sign(
            message, selector.encode(), domain.encode(), secret, host.encode()
        )
        file.write_bytes(b"".join(fields) + message)


{"verify": verify, "sign": sign, "seal": seal, "chain": chain}[sys.argv[1]](*sys.argv[2:])
