"""Aliases of every kind, as tables for Postfix and for our relay alike;
"{folder}" stands for the folder that they are in."""

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
    "commands": '"|/bin/true"\n{folder}/boxes/included\n',
}

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

COMMANDS = {
    "yes": '"|/bin/cat"',
    "no-reading": "|/bin/true",
    "refusing": "\"|/bin/sh -c 'exit 67'\"",
    "spoken": "\"|/bin/sh -c 'echo sorry; exit 1'\"",
    "killed": "\"|/bin/sh -c 'kill -9 $$'\"",
    "slow": '"|/bin/sleep 60"',
    "file": "{folder}/boxes/file",
    "maildir": "{folder}/boxes/new-maildir/",
    "null": "/dev/null",
    "from-list": ":include:{folder}/commands",
    **{f"code{i}": f"\"|/bin/sh -c 'exit {i}'\"" for i in (2, *range(64, 79))},
}
