"""One clear line, exit 78 or 1, nothing half started; reload keeps the old."""

import json
import os
import pathlib
import socket

import pytest
from kit.program import run_once
from kit.relay import STRANGER
from kit.waiting import free_port, stays, until


def refused(program, config, folder):
    """Runs the program with a configuration that must not work; returns its
    exit code and the one line that it says."""
    result = run_once(program, config=config, folder=folder)
    lines = (result.stderr + result.stdout).strip().splitlines()
    errors = [x for x in lines if "level=info" not in x]
    assert len(errors) == 1, lines
    return result.returncode, errors[0]


def quiet(**fields):
    return {"daemon": {"metrics": "", "admin": {"listen": ""}}, **fields}


@pytest.mark.parametrize("program", ["mta", "greylistd"])
def test_an_unknown_field_is_named_with_its_place_and_the_nearest_known(
    program, folder
):
    text = "daemon:\n  metrics: ''\n  drian: {}\n"
    code, line = refused(program, text, folder)
    assert code == 78
    assert f"{program}.yaml:3:3: daemon.drian: unknown field" in line
    assert 'did you mean "drain"?' in line


@pytest.mark.parametrize("program", ["mta", "greylistd"])
def test_a_file_that_is_no_yaml_is_said_so(program, folder):
    code, line = refused(program, "a: [\n", folder)
    assert code == 78 and f"{program}.yaml:" in line


def test_a_wrong_address_is_named(folder):
    code, line = refused(
        "greylistd", quiet(policy={"listen": ["127.0.0.1:999999"]}), folder
    )
    assert code == 78 and "listen" in line and "127.0.0.1:999999" in line


def test_a_wrong_duration_is_named(folder):
    code, line = refused("greylistd", quiet(delay="5 parsecs"), folder)
    assert code == 78 and "delay" in line and "5 parsecs" in line


def test_a_value_out_of_its_bounds_is_named(folder):
    code, line = refused("mta", quiet(smtp={"port": 70000}), folder)
    assert code == 78 and "port" in line


def test_an_unknown_restriction_is_named(folder):
    code, line = refused(
        "mta",
        quiet(
            smtpd_recipient_restrictions=["reject_unauth_destinaton"],
            queue={"directory": str(folder / "spool")},
        ),
        folder,
    )
    assert code == 78 and "reject_unauth_destinaton" in line


@pytest.mark.parametrize(
    "program, config",
    [
        ("mta", lambda port: {"listeners": [{"listen": f"127.0.0.1:{port}"}]}),
        (
            "greylistd",
            lambda port: {"policy": {"listen": [f"127.0.0.1:{port}"]}},
        ),
    ],
)
def test_a_port_in_use_is_named_and_nothing_is_left_behind(
    program, config, folder
):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        store = {"directory": str(folder / "state")}
        field = "queue" if program == "mta" else "store"
        code, line = refused(
            program, quiet(**config(port), **{field: store}), folder
        )
    assert code == 1 and f"127.0.0.1:{port}" in line


def test_a_configuration_file_that_cannot_be_read_is_named(folder):
    result = run_once("mta", "--config", folder / "missing.yaml", folder=folder)
    assert result.returncode in (1, 78)
    assert "missing.yaml" in result.stderr


def test_a_list_file_that_cannot_be_read_is_named(folder):
    code, line = refused(
        "greylistd",
        quiet(
            client_allowlists=[str(folder / "missing")],
            policy={"listen": [f"127.0.0.1:{free_port()}"]},
            store={"directory": str(folder / "state")},
        ),
        folder,
    )
    assert code in (1, 78) and str(folder / "missing") in line


def test_an_unknown_flag_is_exit_64(folder):
    assert run_once("mta", "--no-such-flag").returncode == 64


@pytest.mark.parametrize("program", ["mta", "greylistd"])
def test_check_says_nothing_of_a_good_file_and_opens_nothing(program, folder):
    state = folder / "state"
    field = "queue" if program == "mta" else "store"
    result = run_once(
        program,
        "--check",
        config={field: {"directory": str(state)}},
        folder=folder,
    )
    assert result.returncode == 0, result.stderr
    assert not state.exists()
    bad = run_once(program, "--check", config={"x": 1}, folder=folder)
    assert bad.returncode == 78


@pytest.mark.parametrize("program", ["mta", "greylistd"])
def test_what_print_config_prints_is_a_configuration(program, folder):
    printed = run_once(program, "--print-config")
    assert printed.returncode == 0, printed.stderr
    again = run_once(
        program, "--print-config", config=printed.stdout, folder=folder
    )
    assert (again.returncode, again.stdout) == (0, printed.stdout), again.stderr


@pytest.mark.parametrize(
    "program, flags",
    [
        ("mta", ("--version", "--help")),
        ("greylistd", ("--version", "--help")),
        ("posternctl", ("--help",)),
    ],
)
def test_version_and_help_are_printed(program, flags):
    for flag in flags:
        result = run_once(program, flag)
        assert result.returncode == 0, (flag, result.stderr)
        assert program in result.stdout


def test_two_relays_cannot_share_a_queue(make_relay, folder):
    relay = make_relay()
    config = json.loads(relay.config_file.read_text())
    config["listeners"] = [{"listen": f"127.0.0.1:{free_port()}"}]
    config["daemon"] = quiet()["daemon"]
    code, line = refused("mta", config, folder)
    assert code == 1 and str(relay.folder / "spool") in line


def test_a_reload_changes_what_may_change(make_relay):
    relay = make_relay()
    assert relay.send("a@s.test", "c@partner.test", STRANGER)[0] == 554
    relay.config["relay_domains"] = ["partner.test"]
    relay.reload()
    until(
        lambda: relay.send("a@s.test", "c@partner.test", STRANGER)[0] == 250,
        10,
        "the new relay domain",
    )


def test_a_broken_reload_keeps_the_old_configuration_and_is_logged(make_relay):
    relay = make_relay()
    relay.config["virtual_mailbox_domans"] = []
    relay.reload()
    until(lambda: "virtual_mailbox_domans" in relay.log(), 10, "the log line")
    stays(
        lambda: relay.is_running()
        and relay.send("a@s.test", "alice@example.org")[0] == 250,
        0.5,
    )


def test_a_mailbox_table_is_read_again_when_it_changes(make_relay):
    relay = make_relay()
    assert relay.send("a@s.test", "dora@example.org")[0] == 550
    relay.set_mailboxes("alice", "dora")
    until(
        lambda: relay.send("a@s.test", "dora@example.org")[0] == 250,
        10,
        "the new table",
        every=0.2,
    )
    relay.mailbox("dora").wait_for(1)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to give it up")
def test_started_by_root_it_becomes_the_user_that_it_was_told(make_relay):
    relay = make_relay(start=False)
    relay.config["daemon"]["user"] = "nobody"
    _give_to("nobody", relay.folder)
    relay.start()
    status = pathlib.Path(f"/proc/{relay.process.pid}/status").read_text()
    [uids] = [x for x in status.splitlines() if x.startswith("Uid:")]
    assert uids.split()[1:] == ["65534"] * 4
    assert relay.send("a@s.test", "alice@example.org")[0] == 250
    relay.mailbox("alice").wait_for(1)


def _give_to(user, folder):
    import shutil

    from kit.postfix import open_to_all

    open_to_all(folder)
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, user)
