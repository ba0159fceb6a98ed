"""The same alias file and the same virtual maps in Debian's Postfix and in our
relay: the same people get the same mail, with the same envelope sender.

Every message goes through both; what leaves for other hosts is read at a
server that takes everything, what stays is read in the Maildirs of two of the
machine's users. A bounce counts as mail for the sender.
"""

import re
import subprocess

import pytest
from kit.alias_tables import ALIASES, COMMANDS, INCLUDED, VIRTUAL
from kit.maildir import Maildir
from kit.relay import letter
from kit.sink import Sink
from kit.waiting import until

SENDER = "s@sender.test"
USERS = ("games", "news")

LOCAL = """
list one mixed MIXED "two words" nested twice games keep keep-alias team inner
outer sub super circle self self-and here to-virtual quoted named spaced
include include-owner include-nested one+x one+exact
games+x news+x team+x list+x owner-team nobody-here deep20 away-and-back
""".split("\n")
LOCAL = [f"{x}@local.test" for x in re.findall(r'"[^"]*"|\S+', " ".join(LOCAL))]

TO_VIRTUAL = """
one@virtual.test list@virtual.test LIST@Virtual.Test chain@virtual.test
self@virtual.test self@far.test wide@virtual.test mixed@virtual.test
"two-words"@virtual.test "two more"@virtual.test local@virtual.test
user@virtual.test plus+exact@virtual.test plus+x@virtual.test one+y@virtual.test
list+x@virtual.test user-only@local.test user-only@far.test any@catch-all.test
any+x@catch-all.test known@catch-all.test known+x@catch-all.test
one@brand.test one+x@brand.test LIST@brand.test known@brand.test x@same.test
comment@virtual.test a@virtual.test nobody@virtual.test nobody@brand.test
""".split("\n")
TO_VIRTUAL = re.findall(r'(?:"[^"]*"|\S)+', " ".join(TO_VIRTUAL))

# Where we are not like Postfix (docs/man/mta.8.md), and what each does.
DIFFERENT = {
    # A file that cannot be read: not one member is lost.
    "include-missing@local.test": (
        (250, [("anna@far.test", SENDER), (SENDER, "bounce 5.3.5")]),
        (451, None),
    ),
    # An alias in the file that it includes is the user of that name.
    "include-loop@local.test": (
        (250, [("anna@far.test", SENDER), (SENDER, "bounce 5.4.6")]),
        (250, [("anna@far.test", SENDER), (SENDER, "bounce 5.1.1")]),
    ),
    # Postfix goes down 25 aliases, we 100.
    "deep39@local.test": (
        (250, [(SENDER, "bounce 5.4.6")]),
        (250, [("anna@far.test", SENDER)]),
    ),
    # "@domain" is the only one in a value.
    "anna@both.test": (
        (250, [('"anna@far.test, emil"@far.test', SENDER)]),
        (451, None),
    ),
}


class Side:
    """One of the two systems: what arrives through it, and where."""

    def __init__(self, folder):
        self.folder = folder
        self.sink = Sink()
        self.boxes = folder / "boxes"
        self.boxes.mkdir(parents=True)
        self.boxes.chmod(0o1777)
        self.system = None
        self.wait = None

    def arrived(self):
        """{subject: [(recipient, envelope sender)]}; of a bounce the status
        stands for the sender."""
        found = {}
        for message in self.sink.messages:
            text = message.content.decode()
            for recipient in message.recipients:
                found.setdefault(subject_of(text), []).append(
                    (recipient, message.sender or status_of(text))
                )
        for user in USERS:
            for raw in Maildir(self.boxes / user).raw():
                text = raw.decode()
                sender = re.search(r"^Return-Path: <(.*)>$", text, re.M)[1]
                found.setdefault(subject_of(text), []).append((user, sender))
        return {subject: sorted(who) for subject, who in found.items()}


def subject_of(text):
    return re.findall(r"^Subject: (to .*?)\r?$", text, re.M)[0]


def status_of(text):
    return "bounce " + re.search(r"^Status: (\S+)\r?$", text, re.M)[1]


@pytest.fixture
def both(folder, make_postfix, make_relay):
    """both(**settings): Postfix and our relay with the same settings."""
    sides = []

    def make(main_cf="", **config):
        places = {}
        for name in ("postfix", "relay"):
            place = folder / name
            place.mkdir()
            tables(place)
            places[name] = Side(place)
            sides.append(places[name])
        postfix, relay = places["postfix"], places["relay"]
        postfix.system = make_postfix(
            postfix_settings(postfix) + main_cf, name="postfix/run"
        )
        postfix.wait = lambda: until(
            lambda: "queue is empty"
            in postfix.system.command("postqueue", "-p").stdout,
            60,
            "Postfix to be done",
        )
        relay.system = make_relay(
            relay_settings(relay) | config, name="relay/run"
        )
        relay.wait = relay.system.wait_for_empty_queue
        return postfix, relay

    yield make
    for side in sides:
        side.sink.close()


def tables(place):
    folder = str(place)
    commands = "".join(f"{name}: {text}\n" for name, text in COMMANDS.items())
    (place / "aliases").write_text(
        (ALIASES + commands).replace("{folder}", folder)
    )
    for name, text in INCLUDED.items():
        (place / name).write_text(text.replace("{folder}", folder))
    # The text form has no blanks in keys.
    (place / "virtual").write_text(
        "".join(f"{k} {v}\n" for k, v in VIRTUAL.items() if " " not in k)
    )


def postfix_settings(side):
    subprocess.run(
        ["postalias", "-o", f"hash:{side.folder}/aliases"],
        check=True,
        capture_output=True,
    )
    subprocess.run(
        ["postmap", f"hash:{side.folder}/virtual"],
        check=True,
        capture_output=True,
    )
    return f"""\
myorigin = local.test
mydestination = local.test
relayhost = [127.0.0.1]:{side.sink.port}
alias_maps = hash:{side.folder}/aliases
local_recipient_maps =
virtual_alias_maps = hash:{side.folder}/virtual
virtual_mailbox_domains =
virtual_mailbox_maps =
recipient_delimiter = +
mail_spool_directory = {side.boxes}/
"""


def relay_settings(side):
    return {
        "myorigin": "local.test",
        "mydestination": ["local.test"],
        "relayhost": f"[127.0.0.1]:{side.sink.port}",
        "alias_maps": [f"hash:{side.folder}/aliases"],
        "local_recipient_maps": [],
        "allow_alias_includes": True,
        "virtual_alias_maps": [f"hash:{side.folder}/virtual"],
        "virtual_mailbox_domains": [],
        "virtual_mailbox_maps": [],
        "recipient_delimiter": "+",
        "mail_spool_directory": f"{side.boxes}/",
    }


def send(side, recipient):
    import smtplib

    with smtplib.SMTP("127.0.0.1", side.system.port, timeout=60) as client:
        client.ehlo()
        code, _ = client.mail(SENDER)
        assert code == 250
        code, text = client.docmd(f"RCPT TO:<{recipient}>")
        if code == 250:
            code, text = client.data(letter(SENDER, "x", f"to {recipient}"))
        return code, text


def compared(postfix, relay, recipients):
    """Returns {recipient: (at Postfix, at our relay)}."""
    for side in (postfix, relay):
        side.codes = {r: send(side, r)[0] for r in recipients}
    for side in (postfix, relay):
        side.wait()
    theirs, ours = postfix.arrived(), relay.arrived()
    return {
        r: (
            (postfix.codes[r], theirs.get(f"to {r}")),
            (relay.codes[r], ours.get(f"to {r}")),
        )
        for r in recipients
    }


def differences(postfix, relay, recipients):
    return "".join(
        f"{r}: Postfix {theirs}, ours {ours}\n"
        for r, (theirs, ours) in compared(postfix, relay, recipients).items()
        if theirs != ours
    )


def test_an_alias_reaches_the_same_people_as_with_postfix(both):
    postfix, relay = both()
    assert differences(postfix, relay, LOCAL) == ""


def test_a_virtual_address_reaches_the_same_people_as_with_postfix(both):
    postfix, relay = both()
    assert differences(postfix, relay, TO_VIRTUAL) == ""


def test_where_we_are_not_like_postfix_is_known(both):
    postfix, relay = both()
    assert compared(postfix, relay, DIFFERENT) == DIFFERENT


def fate(log, name):
    """The last word of a log on a recipient: (status, DSN status)."""
    lines = re.findall(
        rf"\bto=<?{name}@local\.test\b.*?\bdsn=(\S+?),? status=(\w+)", log
    )
    return lines[-1] if lines else None


def test_files_and_commands_mean_what_they_mean_to_postfix(both):
    postfix, relay = both(
        "command_time_limit = 2s\n",
        command_time_limit="2s",
        allow_mail_to_files=["alias"],
        allow_mail_to_commands=["alias", "forward"],
    )
    fates = {}
    for side in (postfix, relay):
        for name in COMMANDS:
            code, text = send(side, f"{name}@local.test")
            assert code == 250, text
        until(
            lambda: all(fate(side.system.log(), n) for n in COMMANDS),
            60,
            "an end of all",
        )
        fates[side] = {n: fate(side.system.log(), n) for n in COMMANDS}
    assert fates[relay] == fates[postfix]
    for place in ("file", "new-maildir"):
        theirs, ours = (fields_in(s.boxes / place) for s in (postfix, relay))
        assert ours == theirs


def fields_in(path):
    """What a system itself put in front of the one message that is there."""
    text = (path if path.is_file() else Maildir(path).files()[0]).read_text()
    text = text.split("\nReceived:")[0]
    return re.sub(r"(?<=test  ).*", "date", text)



@pytest.mark.parametrize("notify", ["SUCCESS,FAILURE", "SUCCESS", "FAILURE", "NEVER"])
def test_an_alias_is_reported_on_as_with_postfix(both, notify):
    """RFC 3461: one report for the alias, none from its members."""
    sides = both()
    aliases = ["list@local.test", "games@local.test", "list@virtual.test"]
    heard = [
        {alias: asked(side, alias, notify) for alias in aliases}
        for side in sides
    ]
    assert heard[1] == heard[0]
    assert ("expanded" in str(heard)) == ("SUCCESS" in notify)


def test_a_list_is_where_its_senders_report_ends(both):
    """With Postfix NOTIFY without SUCCESS goes along, here nothing does."""
    postfix, relay = both()
    theirs = asked(postfix, "sub@local.test", "SUCCESS,FAILURE")
    ours = asked(relay, "sub@local.test", "SUCCESS,FAILURE")
    assert ours["report"] == theirs["report"]
    assert ours["report"]["Action"] == "delivered"
    assert ours["said"] == {
        ("MAIL FROM:<owner-sub@local.test>",),
        ("RCPT TO:<anna@far.test>",),
        ("RCPT TO:<bernd@far.test>",),
    }


def asked(side, recipient, notify):
    """Sends a message that asks for reports. Returns what is said to the hosts
    of the members, and what the sender is told."""
    import smtplib

    side.sink.replies["EHLO"] = "250-sink.test\r\n250-8BITMIME\r\n250 DSN"
    commands, messages = len(side.sink.commands), len(side.sink.messages)
    with smtplib.SMTP("127.0.0.1", side.system.port, timeout=60) as client:
        client.ehlo()
        client.mail(SENDER, ["RET=HDRS", "ENVID=abc"])
        client.rcpt(recipient, [f"NOTIFY={notify}", "ORCPT=rfc822;o@x.test"])
        code, text = client.data(letter(SENDER, "x", f"to {recipient}"))
        assert code == 250, text
    side.wait()
    said = {
        (" ".join(line.split(" ")[:2]), *sorted(line.split(" ")[2:]))
        for line in side.sink.commands[commands:]
        if re.match(r"(MAIL FROM:<[^>]|RCPT TO:<(?!s@sender))", line)
    }
    reports = [m for m in side.sink.messages[messages:] if not m.sender]
    assert len(reports) <= 1
    fields = re.findall(
        r"^(Action|Status|Original-Envelope-Id|\w+-Recipient): (.*)\r$",
        "".join(m.content.decode() for m in reports),
        re.M,
    )
    return {
        "said": said,
        "report": {name: value.replace(" ", "") for name, value in fields},
    }
