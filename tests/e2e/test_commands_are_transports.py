"""Transports that are commands (routing.pipe): only those that the settings
have, as their own user, without a shell."""

import os

import pytest
from kit.waiting import until

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can become another user"
)


@pytest.fixture
def place(folder):
    """A folder that everybody may write to."""
    for path in (folder, *folder.parents[:-2]):
        path.chmod(path.stat().st_mode | 0o711)
    made = folder / "place"
    made.mkdir()
    made.chmod(0o777)
    return made


@pytest.fixture
def relay(make_relay, place):
    """relay(argv, **pipe): mail for box.test goes to that command."""
    script = place / "agent"
    script.write_text(
        "#!/bin/sh\n"
        f"umask 022\nid -un > {place}/who\nenv > {place}/env\n"
        f'printf \'%s\\n\' "$@" >> {place}/words\n'
        f'case "$1" in\nfull@*) echo 4.2.2 no room; exit 67;;\n'
        f"gone@*) printf 'not\\r\\nhere'; exit 67;;\nesac\ncat > {place}/got\n"
    )
    script.chmod(0o755)

    def make(*words, **pipe):
        return make_relay(
            {
                "relay_domains": ["box.test"],
                "recipient_delimiter": "+",
                "routing": {
                    "transport_maps": ["inline:{box.test=agent:fast}"],
                    "pipe": [
                        {
                            "name": "agent",
                            "user": "nobody",
                            "argv": [str(script), *words],
                            **pipe,
                        }
                    ],
                },
            }
        )

    return make


def test_the_command_gets_message_and_words_as_its_own_user(relay, place):
    server = relay(
        "${recipient}",
        "${user}",
        "${extension}",
        "${sender}",
        "${nexthop}",
        flags="RD",
        destination_recipient_limit=1,
    )
    assert server.send("a@sender.test", "anna+x@box.test")[0] == 250
    server.wait_for_empty_queue()
    assert (place / "words").read_text().split() == [
        "anna+x@box.test",
        "anna",
        "x",
        "a@sender.test",
        "fast",
    ]
    got = (place / "got").read_text()
    assert got.startswith(
        "Return-Path: <a@sender.test>\nDelivered-To: anna+x@box.test\n"
    )
    assert "\n.A line that starts with a dot.\n" in got
    assert (place / "who").read_text() == "nobody\n"
    names = {line.split("=")[0] for line in (place / "env").read_text().splitlines()}
    assert names <= {"PATH", "TZ", "LANG", "PWD", "SHLVL", "_"}
    assert "relay=agent" in server.log()
    assert (
        server.metric(
            "postern_mta_delivery_recipients_total", transport="pipe", status="sent"
        )
        == 1
    )


def test_one_command_may_have_many_recipients(relay, place):
    server = relay("${recipient}", destination_recipient_limit=2)
    to = [f"{name}@box.test" for name in "abc"]
    assert server.send("a@sender.test", to)[0] == 250
    server.wait_for_empty_queue()
    assert (place / "words").read_text().split() == to
    assert server.log().count("delivered via agent service") == 3


def test_what_it_says_decides_and_reaches_the_sender_as_text(relay):
    server = relay("${recipient}")
    assert server.send("bob@example.org", "full@box.test")[0] == 250
    until(lambda: "dsn=4.2.2 status=deferred" in server.log(), 10)
    assert server.send("bob@example.org", "gone@box.test")[0] == 250
    [report] = server.mailbox("bob").wait_for(1)
    assert "user unknown. Command output: not??here" in report.as_string()


def test_no_shell_and_no_option_comes_of_an_address(relay, place):
    """MTA-33."""
    server = relay("${recipient}", directory=str(place))
    evil = '"`touch$IFS made`;touch made"@box.test'
    assert server.send("bob@example.org", evil)[0] == 250
    server.wait_for_empty_queue()
    assert "`touch$IFS made`;touch made" in (place / "words").read_text()
    assert not (place / "made").exists()
    assert server.send("bob@example.org", '"-oX"@box.test')[0] == 250
    [report] = server.mailbox("bob").wait_for(1)
    assert "$recipient begins with" in report.as_string()


def test_only_transports_of_the_settings_exist(make_relay):
    server = make_relay({"routing": {"default_transport": "agent"}}, start=False)
    server.launch()
    assert server.wait() == 78
    assert 'there is no transport "agent"' in server.log()
