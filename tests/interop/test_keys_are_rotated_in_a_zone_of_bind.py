"""posternctl dkim rotate changes a zone of Debian's BIND by signed updates."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from kit.dkim_messages import ctl
from kit.name_servers import Named, Nsd, key_file
from kit.waiting import free_port, until

NEW, OLD = "new._domainkey.example.org", "old._domainkey.example.org"
KEPT = "v=DKIM1; k=rsa; p="


class Zone:
    """A key table, and name servers that have the record of its key."""

    def __init__(self, folder, algorithm="hmac-sha256", second=False):
        self.folder, self.port = folder, free_port()
        made = ctl("keygen", "-s", "old", "-d", "example.org", "-D", folder)
        assert made.returncode == 0, made.stderr
        self.table = folder / "key.table"
        self.table.write_text(f"main example.org:old:{folder}/old.private\n")
        self.key = key_file(folder / "update.key", algorithm=algorithm)
        record = ctl("dns", "--key-table", self.table).stdout.decode()
        servers = {"ns1.example.org": "127.0.0.1"}
        if second:
            servers["ns2.example.org"] = "127.0.0.2"
        self.primary = Named(folder / "primary", self.port, servers, self.key,
                             records=[record])
        self.second = Nsd(folder / "second", self.port, servers, records=[record],
                          address="127.0.0.2")
        self.servers = [self.primary, self.second] if second else [self.primary]
        for server in self.servers:
            server.start()

    def rotate(self, *more, key=None):
        return ctl(
            "rotate", "-d", "example.org", "-s", "new", "--key-table", self.table,
            "--update-key", key or self.key,
            "--dns-server", f"127.0.0.1:{self.port}",
            "--name-server-port", self.port, *more, timeout=100,
        )

    def selector(self):
        return self.table.read_text().split(":")[1]

    def stop(self):
        for server in self.servers:
            server.kill()


@pytest.fixture
def make_zone(folder):
    made = []

    def make(**options):
        made.append(Zone(folder, **options))
        return made[-1]

    yield make
    for zone in made:
        zone.stop()


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "hmac-sha512"])
def test_the_zone_shows_each_state(make_zone, algorithm):
    zone = make_zone(algorithm=algorithm)
    [first] = zone.primary.txt(OLD)
    assert zone.primary.txt(NEW) == []
    # Published and switched; the old record stays for mail under way.
    done = zone.rotate()
    assert done.returncode == 0, done.stderr
    assert zone.selector() == "new"
    [shown] = zone.primary.txt(NEW)
    assert shown.startswith("v=DKIM1; h=sha256; k=rsa; p=") and shown != first
    assert zone.primary.txt(OLD) == [first]
    again = zone.rotate()
    assert again.returncode == 0 and b"the next step can be done" in again.stdout
    assert zone.primary.txt(OLD) == [first]
    # It is revoked, and then removed.
    _make_due(zone)
    done = zone.rotate()
    assert done.returncode == 0, done.stderr
    assert zone.primary.txt(OLD) == ["v=DKIM1; p="]
    _make_due(zone)
    done = zone.rotate()
    assert done.returncode == 0, done.stderr
    assert zone.primary.txt(OLD) == []
    assert zone.primary.txt(NEW) == [shown]
    assert b"is rotated to new" in done.stdout


def _make_due(zone):
    """A long time has passed."""
    listed = zone.folder / "key.table.rotations"
    fields = listed.read_text().splitlines()[-1].split("\t")
    fields[7] = "2020-01-01T00:00:00Z"
    listed.write_text("\t".join(fields) + "\n")


def test_nothing_is_switched_before_the_last_name_server_has_it(make_zone):
    zone = make_zone(second=True)
    waits = zone.rotate()
    assert waits.returncode == 1
    assert b"ns2.example.org (127.0.0.2:" in waits.stderr
    assert b"there is no record; nothing was switched" in waits.stderr
    assert zone.selector() == "old"
    [shown] = zone.primary.txt(NEW)
    # The transfer comes late.
    zone.second.kill()
    zone.second.add_records(waits.stdout.decode())
    zone.second.start()
    assert zone.second.txt(NEW) == [shown]
    done = zone.rotate()
    assert done.returncode == 0, done.stderr
    assert zone.selector() == "new"


def test_it_waits_for_the_last_name_server_if_it_is_to(make_zone):
    zone = make_zone(second=True)
    with ThreadPoolExecutor(1) as beside:
        waiting = beside.submit(zone.rotate, "--wait", "2m")
        [shown] = until(lambda: zone.primary.txt(NEW), 30, "the record is published")
        zone.second.kill()
        parts = " ".join(f'"{shown[at:at + 250]}"' for at in range(0, len(shown), 250))
        zone.second.add_records(f"{NEW}. 300 IN TXT {parts}\n")
        assert zone.selector() == "old"
        zone.second.start()
        done = waiting.result(120)
    assert done.returncode == 0, done.stderr
    assert zone.selector() == "new"


def test_a_wrong_key_changes_nothing_and_is_said(make_zone, folder):
    zone = make_zone()
    cases = [
        (dict(name="other"), b'BADKEY: the server has no key "other"'),
        (dict(secret="d3Jvbmc="), b'BADSIG: the server has another secret for the key'),
        (dict(algorithm="hmac-sha512"), b"BADKEY"),
    ]
    for number, (wrong, text) in enumerate(cases):
        refused = zone.rotate(key=key_file(folder / f"wrong{number}", **wrong))
        assert refused.returncode == 1
        assert b"NOTAUTH, " + text in refused.stderr, refused.stderr
        assert f"the update of example.org at 127.0.0.1:{zone.port}: ".encode() in (
            refused.stderr
        )
    zone.key.chmod(0o644)
    unsafe = zone.rotate()
    assert unsafe.returncode == 1 and b"others may read the key" in unsafe.stderr
    assert zone.primary.txt(NEW) == [] and zone.selector() == "old"


def test_a_zone_that_nobody_may_change_refuses(make_zone, folder):
    zone = make_zone()
    zone.primary.kill()
    zone.primary.may_change("nobody")
    zone.primary.start()
    refused = zone.rotate()
    assert refused.returncode == 1
    assert b'REFUSED: the server does not let the key "postern" do that' in refused.stderr
    other = zone.rotate("--zone", "other.example",
                        "--update-server", f"127.0.0.1:{zone.port}")
    assert other.returncode == 1
    assert b"NOTAUTH: the server is not one that has this zone" in other.stderr


def test_a_record_of_somebody_else_is_left_alone(make_zone):
    zone = make_zone()
    zone.primary.kill()
    zone.primary.add_records(f'{NEW}. 300 IN TXT "{KEPT}theirs"\n')
    zone.primary.start()
    waits = zone.rotate()
    assert waits.returncode == 1 and b"nothing was switched" in waits.stderr
    assert zone.primary.txt(NEW) == [f"{KEPT}theirs"]


def test_a_server_that_dies_on_the_way_costs_only_time(make_zone):
    zone = make_zone()
    zone.primary.kill()
    away = zone.rotate()
    assert away.returncode == 1
    made = (zone.folder / "new.private").read_bytes()
    zone.primary.start()
    done = zone.rotate()
    assert done.returncode == 0, done.stderr
    assert (zone.folder / "new.private").read_bytes() == made
    assert zone.selector() == "new"
    _make_due(zone)
    zone.primary.kill()
    assert zone.rotate().returncode == 1
    # What was changed before is in named's journal.
    zone.primary.start()
    done = zone.rotate()
    assert done.returncode == 0, done.stderr
    assert zone.primary.txt(OLD) == ["v=DKIM1; p="]


def test_nsupdate_and_rotate_read_the_same_key(make_zone):
    zone = make_zone()
    subprocess.run(
        ["nsupdate", "-k", str(zone.key)], check=True, timeout=20,
        input=f"server 127.0.0.1 {zone.port}\nzone example.org\n"
              f'update add {NEW} 60 TXT "{KEPT}"\nsend\n'.encode(),
    )
    assert zone.primary.txt(NEW) == [KEPT]
