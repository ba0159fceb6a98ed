"""The same tables in Postfix and in our relay: who gets the mail?"""

import smtplib

import pytest
from kit.relay import letter
from kit.sink import Sink
from kit.waiting import until

VIRTUAL = """\
webmaster@brand.test jean@far.test
contact@brand.test laure@far.test, sophie@far.test, jean@far.test
@brand.test @far.test
all@x.test contact@brand.test, other@y.test, self@x.test
self@x.test self@x.test, copy@y.test
plain@x.test a@y.test
one@x.test same@y.test
two@x.test same@y.test
"quoted user"@x.test q@y.test
loop@x.test pool@x.test
pool@x.test loop@x.test
tolocal@x.test team@local.test
"""

ALIASES = """\
team: m1@far.test, m2@far.test
owner-team: boss@far.test
nested: team, m3@far.test
twice: team, m1@far.test
again: plain@x.test
"""

# postalias(1) would make a database of the file; a table in main.cf needs none.
POSTFIX_ALIASES = " ".join(
    "{" + line.replace(": ", " = ", 1) + "}" for line in ALIASES.splitlines()
)

CASES = {
    "an alias": ["webmaster@brand.test"],
    "several addresses": ["contact@brand.test"],
    "letters' case": ["CONTACT@Brand.Test"],
    "a catch-all": ["anybody@brand.test"],
    "a catch-all with an extension": ["anybody+ext@brand.test"],
    "aliases of aliases": ["all@x.test"],
    "itself": ["self@x.test"],
    "an extension": ["plain+ext@x.test"],
    "two ways to one": ["one@x.test", "two@x.test"],
    "the same twice": ["one@x.test", "one@x.test"],
    "a quoted user": ['"quoted user"@x.test'],
    "no alias": ["nobody@z.test"],
    "a circle": ["loop@x.test"],
    "a circle and another": ["plain@x.test", "loop@x.test"],
    "a local list": ["team@local.test"],
    "a list in a list": ["nested@local.test"],
    "a member twice": ["twice@local.test"],
    "a local alias of a virtual one": ["again@local.test"],
    "a virtual alias of a local one": ["tolocal@x.test"],
    "a local extension": ["team+ext@local.test"],
}


def sent_to(port, sink, recipients):
    """Returns the refusal, or how many messages the sink had before."""
    begun = len(sink.messages)
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.ehlo("client.test")
        client.mail("s@sender.test")
        for recipient in recipients:
            client.rcpt(recipient)
        code, text = client.data(letter("s@sender.test", "x@x.test"))
    if code != 250:
        return code, text.decode().split()[0]
    return begun


def settled(sink, begun, expected):
    """Waits until `expected` recipients came; returns all that did."""
    pairs = []

    def count():
        pairs[:] = [
            (r.sender, x) for r in sink.messages[begun:] for x in r.recipients
        ]
        return len(pairs) >= expected

    until(count, 30, f"{expected} recipients")
    return sorted(pairs)


@pytest.fixture(name="both")
def both_fixture(make_relay, make_postfix, folder):
    (folder / "virtual").write_text(VIRTUAL)
    (folder / "aliases").write_text(ALIASES)
    with Sink() as for_postfix, Sink() as for_us:
        postfix = make_postfix(
            f"relayhost = [127.0.0.1]:{for_postfix.port}\n"
            "virtual_mailbox_domains =\nvirtual_mailbox_maps =\n"
            "mydestination = local.test\nlocal_recipient_maps =\n"
            "recipient_delimiter = +\nmyorigin = local.test\n"
            f"virtual_alias_maps = texthash:{folder}/virtual\n"
            "virtual_alias_domains =\n"
            f"alias_maps = inline:{{ {POSTFIX_ALIASES} }}\n"
            "virtual_alias_recursion_limit = 50\n"
        )
        relay = make_relay(
            {
                "relayhost": f"[127.0.0.1]:{for_us.port}",
                "virtual_mailbox_domains": [],
                "virtual_mailbox_maps": [],
                "mydestination": ["local.test"],
                "local_recipient_maps": [],
                "recipient_delimiter": "+",
                "myorigin": "local.test",
                "virtual_alias_maps": [f"hash:{folder}/virtual"],
                "virtual_alias_domains": [],
                "alias_maps": [f"hash:{folder}/aliases"],
                "virtual_alias_recursion_limit": 50,
            }
        )
        yield (postfix.port, for_postfix), (relay.port, for_us)


def test_the_same_recipients_get_the_mail(both):
    theirs, ours = both
    differences = {}
    for why, recipients in CASES.items():
        answers = [sent_to(*side, recipients) for side in (ours, theirs)]
        if isinstance(answers[0], tuple):
            if answers[0] != answers[1]:
                differences[why] = answers
            continue
        # Both expand to as many recipients, or one of them does not come.
        ours_got = settled(ours[1], answers[0], 1)
        theirs_got = settled(theirs[1], answers[1], len(ours_got))
        ours_got = settled(ours[1], answers[0], len(theirs_got))
        if ours_got != theirs_got:
            differences[why] = (ours_got, theirs_got)
    assert not differences
