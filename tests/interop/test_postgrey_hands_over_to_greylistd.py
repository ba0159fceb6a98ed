"""What a real postgrey wrote is imported; both answer alike."""

import shutil

import pytest
from kit.greylist import waits
from kit.policy_client import PolicyClient, request
from kit.waiting import until

KNOWN = {"client_address": "192.0.2.10", "sender": "known@sender.test"}
PENDING = {"client_address": "198.51.100.5", "sender": "pending@sender.test"}
ALLOWED = "203.0.113.7"


@pytest.fixture
def postgrey(make_postgrey):
    """A postgrey that knows one sender, has one waiting, and has allowed one
    client automatically."""
    server = make_postgrey("--delay=1", "--auto-whitelist-clients=1")
    with PolicyClient(server.port) as client:
        for attributes in (KNOWN, {"client_address": ALLOWED}):
            client.ask(**attributes)
            until(
                lambda: not waits(client.ask(**attributes)),
                10,
                "postgrey lets it pass",
                every=0.3,
            )
        assert waits(client.ask(**PENDING))
    server.stop()
    return server


def test_known_senders_and_allowed_clients_are_imported(
    make_greylist, postgrey, folder
):
    grey = make_greylist({"delay": "1h", "auto_allow": {"after": 1}})
    assert waits(grey.ask(sender="first@sender.test"))
    imported = grey.ctl("greylist", "import-postgrey", str(postgrey.database))
    assert imported.returncode == 0, imported.stderr
    assert not waits(grey.ask(**KNOWN))
    assert waits(grey.ask(**PENDING))
    assert not waits(grey.ask(client_address=ALLOWED, sender="new@s.test"))


def test_importing_twice_changes_nothing(make_greylist, postgrey):
    # Whether a triplet has waited long enough is judged by our own delay.
    grey = make_greylist({"delay": "1s"})
    for _ in range(2):
        result = grey.ctl("greylist", "import-postgrey", str(postgrey.database))
        assert result.returncode == 0, result.stderr
    assert not waits(grey.ask(**KNOWN))


def test_a_folder_without_a_database_is_refused(make_greylist, folder):
    grey = make_greylist()
    empty = folder / "empty"
    empty.mkdir()
    result = grey.ctl("greylist", "import-postgrey", str(empty))
    assert result.returncode != 0 and str(empty) in result.stderr


def test_greylistd_answers_as_postgrey_does(make_greylist, make_postgrey):
    """The same requests in the same order; only the header's words differ."""
    assert shutil.which("postgrey")
    theirs = make_postgrey("--delay=300", "--auto-whitelist-clients=0")
    ours = make_greylist({"delay": "300s", "auto_allow": {"after": 0}})
    cases = [
        {},
        {},
        {"sender": ""},
        {"sender": None},
        {"recipient": None},
        {"client_address": None},
        {"client_address": "2001:db8::1"},
        {"client_name": "mail.sender.test", "client_address": "192.0.2.77"},
        {"recipient": "x@other.test"},
        {"sender": "UPPER@Sender.Test"},
        {"sender": "upper@sender.test"},
        {"etrn_domain": "example.org", "sender": "etrn@sender.test"},
        {"protocol_state": "DATA", "sender": "data@sender.test"},
    ]
    with PolicyClient(theirs.port) as a, PolicyClient(ours.port) as b:
        for case in cases:
            question = request(**case)
            a.send(question)
            b.send(question)
            assert a.answer() == b.answer(), case
