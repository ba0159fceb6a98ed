"""posternctl dkim rotate, with a dkimd that goes on signing meanwhile."""

import re

import pytest

from kit.dkim_messages import ctl
from kit.dkimd import INSIDE, MESSAGE
from kit.waiting import until


OURS = MESSAGE.replace(b"raphael@falcot.com", b"r@example.org")


def selector(dkimd):
    outcome = dkimd.send(OURS, address=INSIDE)
    [value] = outcome.fields("DKIM-Signature")
    return re.search(r"s=([^;]*);", value).group(1)


def zone_line(printed, name):
    """The last record of `name` that was printed, on one line."""
    [*_, record] = re.findall(
        rf"^{re.escape(name)}\.\tIN\tTXT\t\(.*?\)", printed, re.M | re.S
    )
    strings = " ".join(re.findall(r'"[^"]*"', record))
    return f"{name}. 300 IN TXT {strings}\n"


@pytest.fixture
def table(folder):
    old = ctl("keygen", "-s", "old", "-d", "example.org", "-D", folder)
    assert old.returncode == 0, old.stderr
    table = folder / "key.table"
    table.write_text(f"main example.org:old:{folder}/old.private\n")
    return table


@pytest.fixture
def dkimd(make_dkimd, folder, table):
    (folder / "signing.table").write_text("*@example.org main\n")
    return make_dkimd(
        {"signing": {"signing_table": f"refile:{folder}/signing.table",
                     "key_table": str(table)}}
    )


def test_mail_is_signed_with_the_new_key_once_the_dns_has_it(dkimd, table, folder):
    assert selector(dkimd) == "old"
    records = folder / "dns-records"
    records.write_text("example.org. 300 IN A 192.0.2.1\n")
    rotate = ("rotate", "-d", "example.org", "-s", "new", "--key-table", table,
              "--dns-records", records, "--keep-old", "0s", "--keep-revoked", "0s")
    early = ctl(*rotate)
    assert early.returncode == 1 and b"nothing was switched" in early.stderr
    assert selector(dkimd) == "old"
    # The zone gets what it printed.
    new = zone_line(early.stdout.decode(), "new._domainkey.example.org")
    old = 'old._domainkey.example.org. 300 IN TXT "v=DKIM1; p=x"\n'
    records.write_text(new + old)
    switched = ctl(*rotate)
    assert b"mail is signed with new now" in switched.stdout
    assert b"the old key is not revoked; run this again" in switched.stderr
    until(lambda: selector(dkimd) == "new", 10, "dkimd signs with the new key")
    assert ctl("testkey", "--key-table", table, "--dns-records", records).returncode == 0
    # So is the old key revoked, and its record removed.
    revoked = zone_line(switched.stdout.decode(), "old._domainkey.example.org")
    assert 'TXT "v=DKIM1; p="' in revoked
    records.write_text(new + revoked)
    late = ctl(*rotate)
    assert b"the old record is still there; run this again" in late.stderr
    records.write_text(new)
    done = ctl("rotate", "--key-table", table, "--dns-records", records)
    assert done.returncode == 0, done.stderr
    assert b"example.org: is rotated to new" in done.stdout
    assert selector(dkimd) == "new"


def test_the_state_is_in_the_metrics(dkimd, table, folder):
    records = folder / "dns-records"
    records.write_text("example.org. 300 IN A 192.0.2.1\n")
    rotate = ("rotate", "-d", "example.org", "-s", "new", "--key-table", table,
              "--dns-records", records)

    def count(phase):
        return dkimd.metric("postern_dkimd_key_rotations", phase=phase)

    assert [count(phase) for phase in ("published", "switched", "revoked")] == [0, 0, 0]
    early = ctl(*rotate)
    until(lambda: count("published") == 1, 20, "the rotation is seen")
    assert dkimd.metric("postern_dkimd_oldest_key_seconds") >= 0
    new = zone_line(early.stdout.decode(), "new._domainkey.example.org")
    records.write_text(new)
    assert ctl(*rotate).returncode == 0
    until(lambda: count("switched") == 1, 20, "the switch is seen")
    assert count("published") == 0
    assert dkimd.metric("postern_dkimd_key_rotations_overdue") == 0
    assert dkimd.metric("postern_dkimd_key_rotations_failed") == 0
    # An update that cannot be made is a failure, and stays one until it is.
    key = folder / "update.key"
    key.write_text('key k { algorithm hmac-sha256; secret "c2VjcmV0"; };')
    key.chmod(0o600)
    listed = table.with_name("key.table.rotations")
    listed.write_text(re.sub(r"20\d\d-(\S+)\t20\d\d-", r"2020-\1\t2020-",
                             listed.read_text()))
    failed = ctl("rotate", "--key-table", table, "--update-key", key, "--zone",
                 "example.org", "--update-server", "127.0.0.1:1")
    assert failed.returncode == 1
    assert b"the update of example.org at 127.0.0.1:1: " in failed.stdout
    until(lambda: dkimd.metric("postern_dkimd_key_rotations_failed") == 1, 20,
          "the failure is seen")
    assert dkimd.metric("postern_dkimd_key_rotations_overdue") == 1
    assert dkimd.metric("postern_dkimd_key_rotation_phase_seconds",
                        phase="switched") > 86400
