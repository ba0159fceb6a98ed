"""The same alias file and the same virtual maps in Debian's Postfix and in our
relay: the same people get the same mail, with the same envelope sender.

Every message goes through both; what leaves for other hosts is read at a
server that takes everything, what stays is read in the Maildirs of two of the
machine's users. A bounce counts as mail for the sender.
"""

import re
import subprocess

import pytest
from kit.maildir import Maildir
from kit.relay import letter
from kit.sink import Sink
from kit.waiting import until

SENDER = "s@sender.test"
USERS = ("games", "news")

ALIASES = """\
# A comment; an empty line follows.

list: anna@far.test, bernd@far.test,
    carla@far.test
# A comment inside of an alias does not end it.
    , doris@far.test
one: anna@far.test
MiXed: bernd@far.test
"two words": anna@far.test
nested: list, one, emil@far.test
twice: anna@far.test, anna@far.test, one
games: anna@far.test, games
keep: \\games
keep-alias: \\one
team: anna@far.test, news, inner
inner: news, bernd@far.test
owner-team: emil@far.test
outer: team, carla@far.test
sub: anna@far.test, bernd@far.test
owner-sub: owner-sub-too
owner-sub-too: doris@far.test
super: sub, emil@far.test
owner-super: emil@far.test
circle: circle-too
circle-too: circle
self: self
self-and: self-and, anna@far.test
here: anna@local.test, one@local.test
away-and-back: back@virtual.test
to-virtual: list@virtual.test
quoted: "two words"@far.test, "a,b"@far.test
named: Anna Example <anna@far.test>, bernd@far.test (a comment)
spaced:    anna@far.test   ,   ,bernd@far.test
include: :include:{folder}/members
include-owner: :include:{folder}/members
owner-include-owner: emil@far.test
include-nested: :include:{folder}/outer
include-loop: :include:{folder}/loop
include-missing: :include:{folder}/missing, anna@far.test
include-self: :include:{folder}/self
+plus: carla@far.test
one+exact: doris@far.test
user+exact: carla@far.test
deep0: anna@far.test
""" + "".join(f"deep{i}: deep{i - 1}\n" for i in range(1, 40))

INCLUDED = {
    "members": "# People\nanna@far.test\n\nbernd@far.test, carla@far.test\n"
    "one\nnews\n",
    "outer": "emil@far.test\n:include:{folder}/members\n",
    "loop": "anna@far.test\ninclude-loop\n",
    "self": ":include:{folder}/self\n",
}

LOCAL = """
list one mixed MIXED "two words" nested twice games keep keep-alias team inner
outer sub super circle self self-and here to-virtual quoted named spaced
include include-owner include-nested one+x one+exact
games+x news+x team+x list+x owner-team nobody-here deep20 away-and-back
""".split("\n")
LOCAL = [f"{x}@local.test" for x in re.findall(r'"[^"]*"|\S+', " ".join(LOCAL))]

VIRTUAL = {
    "virtual.test": "a domain",
    "one@virtual.test": "anna@far.test",
    "back@virtual.test": "one@local.test",
    "list@virtual.test": "anna@far.test, bernd@far.test carla@far.test",
    "chain@virtual.test": "chain1@virtual.test",
    "chain1@virtual.test": "chain2@elsewhere.test",
    "chain2@elsewhere.test": "list@virtual.test, chain3",
    "chain3": "emil@far.test",
    "self@virtual.test": "self@virtual.test",
    "self@far.test": "self@far.test, bernd@far.test",
    "a@virtual.test": "b@virtual.test",
    "b@virtual.test": "a@virtual.test",
    "wide@virtual.test": "wide1@virtual.test, wide2@virtual.test",
    "wide1@virtual.test": "list@virtual.test, one@virtual.test",
    "wide2@virtual.test": "list@virtual.test, doris@far.test",
    "MiXed@virtual.test": "doris@far.test",
    "two words@virtual.test": "doris@far.test",
    '"two more"@virtual.test': "emil@far.test",
    "local@virtual.test": "team@local.test",
    "user@virtual.test": "news",
    "plus+exact@virtual.test": "doris@far.test",
    "plus@virtual.test": "anna@far.test",
    "user-only": "carla@far.test",
    "@catch-all.test": "anna@far.test",
    "known@catch-all.test": "bernd@far.test",
    "@brand.test": "@virtual.test",
    "known@brand.test": "emil@far.test",
    "@both.test": "@far.test, emil@far.test",
    "@same.test": "@same.test",
    "catch-all.test": "x",
    "brand.test": "x",
    "both.test": "x",
    "comment@virtual.test": "Anna Example <anna@far.test>",
}
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
    (place / "aliases").write_text(ALIASES.replace("{folder}", folder))
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
