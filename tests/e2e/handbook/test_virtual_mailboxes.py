"""A virtual mailbox domain: jean has a Maildir, sophie an mbox file."""

import mailbox

import pytest
from kit.maildir import Maildir
from kit.relay import STRANGER, letter
from kit.waiting import until

SENDER = "someone@sender.test"


@pytest.fixture
def relay(falcot):
    return falcot("virtual_mailboxes")


def place(relay, user):
    return relay.folder.parent / "vhosts" / "falcot.org" / user


def test_jean_has_a_maildir(relay):
    code, text = relay.send(SENDER, "jean@falcot.org", source=STRANGER)
    assert code == 250, text
    [message] = Maildir(place(relay, "jean")).wait_for(1)
    assert message["Return-Path"] == f"<{SENDER}>"


def test_sophie_has_a_file_with_all_her_mail(relay):
    for subject in ("one", "two"):
        content = letter(SENDER, "sophie@falcot.org", subject)
        code, text = relay.send(
            SENDER, "sophie@falcot.org", source=STRANGER, content=content
        )
        assert code == 250, text
    relay.wait_for_empty_queue()
    until(place(relay, "sophie").is_file, 10, "sophie's file")
    assert place(relay, "sophie").read_bytes().startswith(b"From someone@sender.test ")
    box = mailbox.mbox(place(relay, "sophie"), create=False)
    assert sorted(message["Subject"] for message in box) == ["one", "two"]
    box.close()


def test_others_do_not_exist(relay):
    code, text = relay.send(SENDER, "paul@falcot.org", source=STRANGER)
    assert code == 550
    assert text == (
        "5.1.1 <paul@falcot.org>: Recipient address rejected: "
        "User unknown in virtual mailbox table"
    )
