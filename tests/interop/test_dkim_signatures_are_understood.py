"""Signatures that others can verify, and others' signatures verified: dkimpy,
Mail::DKIM and opendkim, a thousand generated messages each way."""

import json
import pathlib
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from kit import dkim_messages
from kit.dkim_messages import DOMAIN, Keys, ctl

KIT = pathlib.Path(dkim_messages.__file__).parent
FORMS = ["relaxed/relaxed", "relaxed/simple", "simple/relaxed", "simple/simple"]
COUNT = 1000

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def run(*command, data=None):
    done = subprocess.run(
        list(map(str, command)), input=data, capture_output=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return done.stdout


def dkimpy(*arguments):
    return run("/usr/bin/python3", KIT / "dkimpy_batch.py", *arguments)


def mail_dkim(*arguments):
    return run("/usr/bin/perl", KIT / "mail_dkim_batch.pl", *arguments)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def records(keys):
    path = keys.folder / "records.json"
    path.write_text(json.dumps(keys.records))
    return path


@pytest.fixture(scope="module")
def ours(keys, tmp_path_factory):
    """Messages that we signed with both keys."""
    folder = tmp_path_factory.mktemp("ours")

    def sign(number):
        forms = FORMS[number % len(FORMS)]
        signed = ctl(
            "sign", "--key-table", keys.table, "-c", forms, "-x", "7d",
            data=dkim_messages.message(number),
        )
        assert signed.returncode == 0, signed.stderr
        path = folder / f"{number:04}"
        path.write_bytes(signed.stdout)
        return path

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(sign, range(COUNT)))


def test_dkimpy_verifies_what_we_sign(ours, records):
    lines = dkimpy("verify", records, *ours).split(b"\n")[:-1]
    assert lines == [b"2 2"] * COUNT


def test_mail_dkim_verifies_what_we_sign(ours, records):
    """Debian's Mail::DKIM knows RSA alone."""
    lines = mail_dkim("verify", records, *ours).split(b"\n")[:-1]
    assert lines == [b"1 2"] * COUNT


def opendkim(folder, config, files):
    """What Debian's opendkim, in its test mode, says about files."""
    path = folder / "opendkim.conf"
    path.write_text(f"{config}Socket local:{folder}/socket\nSyslog no\n")
    done = subprocess.run(
        ["/usr/sbin/opendkim", "-x", path, "-vvv", "-t", ",".join(map(str, files))],
        capture_output=True,
        timeout=300,
        check=False,
    )
    return done.stdout + done.stderr


def test_opendkim_verifies_what_we_sign(ours, keys, tmp_path):
    """Debian's opendkim knows RSA alone, and its test mode loses the space behind
    the colon of a field, which the simple form of a header has."""
    known = tmp_path / "known"
    known.write_text("".join(f"{n} {t}\n" for n, t in keys.records.items()))
    files = ours[0::4] + ours[1::4]
    output = opendkim(tmp_path, f"Mode v\nTestPublicKeys {known}\n", files)
    wanted = f"verification (s=rsa, d={DOMAIN}, 2048-bit key) succeeded".encode()
    assert output.count(wanted) == len(files), output[-2000:]


def signed_by_dkimpy(keys, files):
    for i, forms in enumerate(FORMS):
        for kind in ("rsa", "ed25519"):
            part = files[i::4][kind == "rsa" :: 2]
            secret = keys.file(kind)
            dkimpy("sign", secret, kind, DOMAIN, f"{kind}-sha256", forms, *part)


def signed_by_mail_dkim(keys, files):
    for i, forms in enumerate(FORMS):
        mail_dkim(
            "sign", keys.file("rsa"), "rsa", DOMAIN, "rsa-sha256", forms, *files[i::4]
        )


def signed_by_opendkim(keys, files):
    """opendkim-testmsg signs with rsa-sha1, which RFC 8301 has nobody verify; so
    the filter itself signs, in its test mode."""
    for i, forms in enumerate(FORMS[:2]):
        config = (
            f"Mode s\nDomain {DOMAIN}\nSelector rsa\nKeyFile {keys.file('rsa')}\n"
            f"Canonicalization {forms}\nRequireSafeKeys no\n"
        )
        part = files[i::2]
        output = opendkim(keys.folder, config, part)
        values = re.findall(rb"hname='DKIM-Signature' hvalue='([^']*)'", output)
        for path, value in zip(part, values, strict=True):
            field = b"DKIM-Signature: " + value.replace(b"\n", b"\r\n") + b"\r\n"
            path.write_bytes(field + path.read_bytes())


@pytest.mark.parametrize(
    "sign, numbers",
    [
        (signed_by_dkimpy, range(0, 400)),
        (signed_by_mail_dkim, range(400, 800)),
        (signed_by_opendkim, range(800, COUNT)),
    ],
)
def test_we_verify_what_others_sign(keys, tmp_path, sign, numbers):
    files = []
    for number in numbers:
        path = tmp_path / f"{number:04}"
        path.write_bytes(dkim_messages.message(number))
        files.append(path)
    sign(keys, files)

    def verify(path):
        return ctl("verify", "--dns-records", keys.zone, path)

    with ThreadPoolExecutor(2) as pool:
        for path, result in zip(files, pool.map(verify, files), strict=True):
            assert result.returncode == 0, (path.read_bytes(), result.stdout)
            assert result.stdout.count(b"dkim=pass") == 1


def test_a_change_is_seen_by_all(ours, keys, records, tmp_path):
    path = tmp_path / "changed"
    path.write_bytes(ours[0].read_bytes().replace(b"From: Joe", b"From: Jim"))
    assert dkimpy("verify", records, path) == b"0 2\n"
    assert mail_dkim("verify", records, path) == b"0 2\n"
    assert ctl("verify", "--dns-records", keys.zone, path).returncode == 1


def test_we_verify_chains_that_dkimpy_seals(keys, tmp_path):
    files = []
    for number in range(40):
        path = tmp_path / f"{number:02}"
        path.write_bytes(dkim_messages.message(number))
        files.append(path)
    for hop in range(1, 4):
        dkimpy("seal", keys.file("rsa"), "rsa", DOMAIN, *files)
        for path in files:
            result = ctl("verify", "--dns-records", keys.zone, path)
            assert f"arc=pass (i={hop})".encode() in result.stdout, path.read_bytes()
    path = files[0]
    path.write_bytes(path.read_bytes().replace(b"From: Joe", b"From: Jim"))
    result = ctl("verify", "--dns-records", keys.zone, path)
    assert b"arc=fail" in result.stdout
