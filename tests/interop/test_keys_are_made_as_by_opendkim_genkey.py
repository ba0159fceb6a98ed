"""posternctl dkim keygen and testkey beside Debian's opendkim-genkey."""

import re
import subprocess

import pytest

from kit.dkim_messages import ctl


def shape(text):
    """The record with another letter for each of the key's."""
    head, quote, key = text.partition('"p=')
    return head + quote + re.sub(r"[A-Za-z0-9+/=](?=[^;]*;)", "k", key)


@pytest.mark.parametrize("options", [
    [],
    ["-b", "1024", "-a"],
    ["-r", "-S", "-t"],
    ["-h", "sha1:sha256", "-n", "the new one"],
    ["--selector=long", "--domain=example.net", "--append-domain", "--testmode",
     "--note=x", "--restrict", "--nosubdomains", "--bits=1024"],
])
def test_the_files_are_the_same(folder, options):
    theirs, ours = folder / "theirs", folder / "ours"
    for path in (theirs, ours):
        path.mkdir()
    command = ["-s", "mail", "-d", "example.org", *options]
    subprocess.run(["/usr/sbin/opendkim-genkey", "-D", str(theirs), *command],
                   check=True, capture_output=True, timeout=60)
    made = ctl("keygen", "-D", ours, *command)
    assert made.returncode == 0, made.stderr
    names = sorted(path.name for path in theirs.iterdir())
    assert sorted(path.name for path in ours.iterdir()) == names
    for name in names:
        their_file, our_file = theirs / name, ours / name
        assert our_file.stat().st_mode & 0o77 == 0
        if name.endswith(".txt"):
            assert shape(our_file.read_text()) == shape(their_file.read_text())
        else:
            kinds = [re.findall("-----.*-----", f.read_text()) for f in (our_file, their_file)]
            assert kinds[0] == kinds[1]


def test_their_configuration_and_their_keys_are_tested(folder):
    subprocess.run(
        ["/usr/sbin/opendkim-genkey", "-s", "mail", "-d", "falcot.com", "-a", "-D",
         str(folder)],
        check=True, capture_output=True, timeout=60,
    )
    conf = folder / "opendkim.conf"
    conf.write_text(
        "Syslog yes\nDomain falcot.com\nSelector mail\n"
        f"KeyFile {folder}/mail.private\nSocket inet:12345@localhost\n"
    )
    record = (folder / "mail.txt").read_text().split("; -----")[0]
    records = folder / "records"
    records.write_text(re.sub(r"[()\n]", " ", record) + "\n")
    tested = ctl("testkey", "-x", conf, "--dns-records", records)
    assert tested.returncode == 0, tested.stderr
    assert tested.stdout.startswith(b"mail._domainkey.falcot.com: key OK")
    records.write_text("falcot.com. 300 IN A 192.0.2.1\n")
    tested = ctl("testkey", "-x", conf, "--dns-records", records)
    assert tested.returncode == 1 and b"there is no record" in tested.stdout
