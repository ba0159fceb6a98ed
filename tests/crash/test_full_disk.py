"""A full disk: 452, nothing half-stored, and mail again once there is room."""

import os
import shutil
import subprocess

import pytest
from kit.waiting import until
from load import content

DISK_BYTES = 128 << 20


@pytest.fixture
def disk(tmp_path):
    """A disk of 128 MiB of the test's own."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", place],
        capture_output=True,
        text=True,
    )
    if mounted.returncode != 0:
        pytest.skip(f"no tmpfs: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.fixture
def relay(make_relay, disk):
    return make_relay(
        {
            "message_size_limit": "32MiB",
            "queue": {"directory": str(disk / "spool"), "queue_minfree": "4MiB"},
        }
    )


def fill(disk, leave):
    """Writes a file that leaves `leave` bytes free."""
    free = shutil.disk_usage(disk).free
    with open(disk / "filler", "wb") as filler:
        filler.write(b"\0" * max(0, free - leave))


def send(relay, token, size=4000):
    return relay.send(
        "a@sender.test", "alice@example.org", content=content(token, size)
    )


def test_mail_is_refused_when_little_room_is_left(relay, disk):  # MTA-41
    fill(disk, leave=1 << 20)
    code, text = send(relay, "no-room")
    assert code == 452 and "4.3.1" in text, text
    os.unlink(disk / "filler")
    assert send(relay, "room")[0] == 250
    [message] = relay.mailbox("alice").wait_for(1)
    assert message["X-Token"] == "room"


def test_the_disk_fills_up_in_the_middle_of_a_message(relay, disk):  # MTA-41
    assert send(relay, "before")[0] == 250
    relay.mailbox("alice").wait_for(1)
    with relay.client() as client:
        client.ehlo()
        assert client.mail("a@sender.test")[0] == 250
        assert client.rcpt("alice@example.org")[0] == 250
        fill(disk, leave=0)  # After the check of MAIL.
        # More than RocksDB has set aside for its log.
        code, text = client.data(content("cut", 30_000_000))
        assert code == 452, text
        # The session goes on and is told so again.
        client.rset()
        assert client.mail("a@sender.test")[0] == 452
    os.unlink(disk / "filler")
    until(lambda: send(relay, "after")[0] == 250, 20, "mail taken again")
    until(
        lambda: {m["X-Token"] for m in relay.mailbox("alice").messages()}
        == {"before", "after"},
        20,
        "exactly what had its 250",
    )
    relay.kill()
    relay.start()
    assert relay.metric("postern_mta_queue_messages") == 0
    assert relay.mailbox("alice").count() >= 2
