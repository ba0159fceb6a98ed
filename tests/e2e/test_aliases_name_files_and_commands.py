"""Aliases that name files and commands: nothing is written or run unless the
settings say so, and what a command says reaches the sender as text."""

import pytest
from kit.maildir import Maildir
from kit.relay import STRANGER
from kit.waiting import until

ALLOWED = {"allow_mail_to_files": ["alias"], "allow_mail_to_commands": ["alias"]}


@pytest.fixture
def place(folder):
    """A folder that default_privs may write to."""
    for path in (folder, *folder.parents[:-2]):
        path.chmod(path.stat().st_mode | 0o711)
    made = folder / "place"
    made.mkdir()
    made.chmod(0o777)
    return made


@pytest.fixture
def relay(make_relay, place):
    """relay(**config): with the aliases of these tests."""
    script = place / "command"
    script.write_text(
        "#!/bin/sh\n"
        f"env > {place}/env\nid -u > {place}/id\ncat > {place}/got\n"
        "printf 'not\\r\\nX-Forged: here' >&2\nexit $1\n"
    )
    script.chmod(0o755)
    (place / "aliases").write_text(
        f"archive: {place}/archive, bob@example.org\nbox: {place}/box/\n"
        f"command: |{script} 0\nrefuses: |{script} 67\nlater: |{script} 75\n"
        f'shell: "|{script} 0 > {place}/shell"\nslow: |/bin/sleep 60\n'
        f"evil: :include:{place}/list\n"
    )
    (place / "list").write_text(f"|{script} 0\n{place}/archive\n")

    def make(**config):
        return make_relay(
            {
                "mydestination": ["local.test"],
                "alias_maps": [f"hash:{place}/aliases"],
                "local_recipient_maps": ["$alias_maps"],
                "allow_alias_includes": True,
            }
            | config
        )

    return make


def test_nothing_is_written_or_run_by_itself(relay, place):
    """MTA-33."""
    server = relay()
    for name in ("box", "command", "evil"):
        assert server.send("bob@example.org", f"{name}@local.test")[0] == 250
    server.wait_for_empty_queue()
    bounces = server.mailbox("bob").wait_for(3)
    assert all("is restricted" in bounce.as_string() for bounce in bounces)
    assert not (place / "got").exists() and not (place / "box").exists()


def test_a_file_and_a_maildir_get_the_mail(relay, place):
    server = relay(**ALLOWED)
    recipients = ["archive@local.test", "box@local.test"]
    assert server.send("s@sender.test", recipients, STRANGER)[0] == 250
    [message] = Maildir(place / "box").wait_for(1)
    assert message["Delivered-To"] == "box@local.test"
    server.mailbox("bob").wait_for(1)
    server.wait_for_empty_queue()
    assert (place / "archive").read_text().startswith("From s@sender.test  ")


def test_a_command_gets_the_mail_and_nothing_else(relay, place):
    """MTA-33: no shell, no root, nothing of the message but its input."""
    server = relay(**ALLOWED)
    hostile = '"$(id)`id`;x"@sender.test'
    code, text = server.send(hostile, "command@local.test", STRANGER)
    assert code == 250, text
    server.wait_for_empty_queue()
    got = (place / "got").read_text()
    assert got.startswith("From ")
    assert "\nReturn-Path: <" in got and "\n.A line that starts" in got
    assert "sender.test" not in (place / "env").read_text()
    assert (place / "id").read_text() != "0\n"


def test_what_a_command_says_is_text_in_the_bounce(relay):
    server = relay(**ALLOWED)
    server.send("bob@example.org", "refuses@local.test", STRANGER)
    [bounce] = server.mailbox("bob").wait_for(1)
    assert "Status: 5.1.1" in bounce.as_string()
    assert "user unknown. Command output: not??X-Forged: here" in (
        bounce.as_string()
    )


def test_what_needs_a_shell_or_time_waits_or_fails(relay, place):
    server = relay(**ALLOWED, command_time_limit="1s")
    for name in ("shell", "later", "slow"):
        server.send("bob@example.org", f"{name}@local.test", STRANGER)
    [bounce] = server.mailbox("bob").wait_for(1)
    assert "Command time limit exceeded" in bounce.as_string()
    until(
        lambda: "dsn=4.3.5 status=deferred" in server.log()
        and "dsn=4.3.0 status=deferred" in server.log(),
        15,
        "two that wait",
    )
    assert "event=command_not_run" in server.log()
    assert not (place / "shell").exists()


def test_a_command_that_runs_does_not_keep_the_relay(relay):
    """Others get their mail meanwhile, and a stop ends it."""
    server = relay(**ALLOWED)
    server.send("s@sender.test", ["slow@local.test", "bob@example.org"], STRANGER)
    server.mailbox("bob").wait_for(1)
    assert server.stop() == 0
    [line] = [x for x in server.log().splitlines() if "to=slow@local" in x]
    assert "dsn=4.3.2 status=deferred" in line
