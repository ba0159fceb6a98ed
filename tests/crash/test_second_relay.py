"""Two relays on one volume: the second says why not, the first goes on."""

from kit.program import run_once


def test_a_second_relay_on_the_volume_refuses_and_says_why(make_relay, folder):
    first = make_relay()
    second = make_relay(
        {"queue": {"directory": first.config["queue"]["directory"]}}, start=False
    )
    second.write_config()
    done = run_once("mta", "--config", second.config_file, folder=folder)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "another program uses this spool" in said, said
    assert first.config["queue"]["directory"] in said, said
    assert first.send("a@sender.test", "alice@example.org")[0] == 250
    first.mailbox("alice").wait_for(1)
    first.kill()
    second.start()  # The lock went with its holder.
    assert second.send("a@sender.test", "alice@example.org")[0] == 250
    second.mailbox("alice").wait_for(1)
