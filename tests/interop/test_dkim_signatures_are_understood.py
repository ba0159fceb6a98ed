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


@pytest.fixture
def files(tmp_path):
    """Messages that nobody has signed."""
    paths = [tmp_path / f"{number:02}" for number in range(40)]
    for number, path in enumerate(paths):
        path.write_bytes(dkim_messages.message(number))
    return paths


def change(path, old=b"From: Joe", new=b"From: Jim"):
    text = path.read_bytes()
    assert old in text
    path.write_bytes(text.replace(old, new))


def sealed_by_dkimpy(keys, files, _hop):
    dkimpy("seal", keys.file("rsa"), "rsa", DOMAIN, *files)


def sealed_by_mail_dkim(keys, files, hop):
    """It takes what it says of the chain before from results of its host."""
    chain = "pass" if hop > 1 else "none"
    host = f"mx{hop}.{DOMAIN}"
    results = f"Authentication-Results: {host}; arc={chain}; spf=pass\r\n".encode()
    for path in files:
        path.write_bytes(results + path.read_bytes())
    mail_dkim("seal", keys.file("rsa"), "rsa", DOMAIN, host, *files)


@pytest.mark.parametrize("seal", [sealed_by_dkimpy, sealed_by_mail_dkim])
def test_we_verify_chains_that_others_seal(keys, files, seal):
    for hop in range(1, 4):
        seal(keys, files, hop)
        for path in files:
            result = ctl("verify", "--dns-records", keys.zone, path)
            assert f"arc=pass (i={hop})".encode() in result.stdout, path.read_bytes()
            assert b"header.oldest-pass=0" in result.stdout
    change(files[0])
    result = ctl("verify", "--dns-records", keys.zone, files[0])
    assert b"arc=fail" in result.stdout


@pytest.mark.parametrize("seal", [sealed_by_dkimpy, sealed_by_mail_dkim])
def test_we_see_since_when_a_list_has_changed_a_message(keys, files, seal):
    seal(keys, files[:5], 1)
    for path in files[:5]:
        change(path)
    seal(keys, files[:5], 2)
    seal(keys, files[:5], 3)
    for path in files[:5]:
        result = ctl("verify", "--dns-records", keys.zone, path)
        assert b"arc=pass (i=3)" in result.stdout
        assert b"header.oldest-pass=2" in result.stdout


def sealed_by_us(keys, files, hop):
    def seal(path):
        done = ctl(
            "seal", "-d", DOMAIN, "-s", "rsa", "-k", keys.file("rsa"),
            "--authserv-id", f"mx{hop}.{DOMAIN}", "--dns-records", keys.zone, path,
        )
        assert done.returncode == 0, done.stderr
        path.write_bytes(done.stdout)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(seal, files))


def what_others_say(records, files):
    """Of the chains, both of them."""
    said = dkimpy("chain", records, *files), mail_dkim("chain", records, *files)
    assert said[0] == said[1]
    return said[0].decode().split()


def test_others_verify_chains_that_we_seal(keys, records, files):
    for hop in range(1, 6):
        sealed_by_us(keys, files, hop)
        if hop in (1, 2, 5):
            assert what_others_say(records, files) == ["pass"] * len(files), hop


def test_others_see_that_a_chain_of_ours_was_broken(keys, records, files):
    sealed_by_us(keys, files, 1)
    sealed_by_us(keys, files, 2)
    for path in files:
        change(path)
    assert what_others_say(records, files) == ["fail"] * len(files)
    sealed_by_us(keys, files, 3)
    assert all(b"cv=fail" in path.read_bytes() for path in files)
    assert what_others_say(records, files) == ["fail"] * len(files)


def test_others_verify_what_we_seal_behind_them(keys, records, files):
    for hop, seal in enumerate(
        [sealed_by_dkimpy, sealed_by_us, sealed_by_mail_dkim, sealed_by_us], start=1
    ):
        seal(keys, files, hop)
        assert what_others_say(records, files) == ["pass"] * len(files), hop
