"""posternctl dkim rotate, with a dkimd that goes on signing meanwhile."""

import re

from kit.dkim_messages import ctl
from kit.dkimd import INSIDE, MESSAGE
from kit.waiting import until


OURS = MESSAGE.replace(b"raphael@falcot.com", b"r@example.org")


def selector(dkimd):
    outcome = dkimd.send(OURS, address=INSIDE)
    [value] = outcome.fields("DKIM-Signature")
    return re.search(r"s=([^;]*);", value).group(1)


def test_mail_is_signed_with_the_new_key_once_the_dns_has_it(make_dkimd, folder):
    old = ctl("keygen", "-s", "old", "-d", "example.org", "-D", folder)
    assert old.returncode == 0, old.stderr
    table = folder / "key.table"
    table.write_text(f"main example.org:old:{folder}/old.private\n")
    (folder / "signing.table").write_text("*@example.org main\n")
    dkimd = make_dkimd(
        {"signing": {"signing_table": f"refile:{folder}/signing.table",
                     "key_table": str(table)}}
    )
    assert selector(dkimd) == "old"
    records = folder / "dns-records"
    records.write_text("example.org. 300 IN A 192.0.2.1\n")
    rotate = ("rotate", "-d", "example.org", "-s", "new", "--key-table", table,
              "--dns-records", records)
    early = ctl(*rotate)
    assert early.returncode == 1 and b"nothing was switched" in early.stderr
    assert selector(dkimd) == "old"
    # The zone gets what it printed.
    texts = re.findall(rb'"([^"]*)"', early.stdout)
    name = early.stdout.split()[0].decode()
    strings = " ".join(f'"{text.decode()}"' for text in texts)
    records.write_text(f"{name} 300 IN TXT {strings}\n")
    done = ctl(*rotate)
    assert done.returncode == 0, done.stderr
    assert b'old._domainkey.example.org.\tIN\tTXT\t( "v=DKIM1; p=" )' in done.stdout
    until(lambda: selector(dkimd) == "new", 10, "dkimd signs with the new key")
    assert ctl("testkey", "--key-table", table, "--dns-records", records).returncode == 0
