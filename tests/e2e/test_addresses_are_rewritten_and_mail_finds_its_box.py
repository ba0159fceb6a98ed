"""Aliases, canonical addresses, local users and both kinds of mailboxes, with
the tables of the Debian handbook's chapter on mail servers."""

import pathlib

from kit.maildir import Maildir
from kit.relay import STRANGER, letter
from kit.waiting import until


def handbook(folder, **more):
    (folder / "virtual").write_text(
        "falcotsbrand.com domain\n"
        "webmaster@falcotsbrand.com jean@falcot.org\n"
        "contact@falcotsbrand.com laure@falcot.org, sophie@falcot.org\n"
        "@falcotsbrand.com @falcot.org\n"
    )
    (folder / "vmailbox").write_text(
        "jean@falcot.org falcot.org/jean/\nsophie@falcot.org falcot.org/sophie\n"
        "laure@falcot.org falcot.org/laure/\n"
    )
    return {
        "mydomain": "falcot.org",
        "myorigin": "$mydomain",
        "virtual_alias_maps": [f"hash:{folder}/virtual"],
        "virtual_mailbox_domains": ["falcot.org"],
        "virtual_mailbox_maps": [f"hash:{folder}/vmailbox"],
        **more,
    }


def test_jean_has_a_maildir_and_sophie_an_mbox(make_relay, folder):
    relay = make_relay(handbook(folder))
    mail = relay.folder / "mail" / "falcot.org"
    forged = b"Return-Path: <evil@x.test>\r\n" + letter("s@sender.test", "x")
    code, text = relay.send(
        "s@sender.test",
        ["webmaster@falcotsbrand.com", "sophie@falcotsbrand.com"],
        source=STRANGER,
        content=forged,
    )
    assert code == 250, text
    [message] = Maildir(mail / "jean").wait_for(1)
    assert message.get_all("Return-Path") == ["<s@sender.test>"]
    assert message["X-Original-To"] == "webmaster@falcotsbrand.com"
    assert message["Delivered-To"] == "jean@falcot.org"
    until(lambda: (mail / "sophie").exists(), 15, "the mbox")
    relay.wait_for_empty_queue()
    mbox = (mail / "sophie").read_text()
    assert mbox.startswith("From s@sender.test  ")
    assert "X-Original-To: sophie@falcotsbrand.com\n" in mbox
    assert "evil" not in mbox
    assert not (mail / "sophie.lock").exists()


def test_one_alias_reaches_several(make_relay, folder):
    relay = make_relay(handbook(folder))
    mail = relay.folder / "mail" / "falcot.org"
    relay.send("s@sender.test", "contact@falcotsbrand.com", source=STRANGER)
    Maildir(mail / "laure").wait_for(1)
    until(lambda: (mail / "sophie").exists(), 15, "the mbox")


def test_who_does_not_exist_is_refused_in_the_words_of_its_class(
    make_relay, folder
):
    relay = make_relay(
        handbook(
            folder,
            mydestination=["local.test"],
            relay_domains=["relayed.test"],
            relay_recipient_maps=["inline:{joe@relayed.test=x}"],
            virtual_alias_domains=["alias.test"],
        )
    )
    for recipient, table in {
        "nobody@falcot.org": "virtual mailbox",
        "no-such-user@local.test": "local recipient",
        "nobody@relayed.test": "relay recipient",
        "nobody@alias.test": "virtual alias",
    }.items():
        code, text = relay.send("s@sender.test", recipient, source=STRANGER)
        assert (code, text) == (
            550,
            f"5.1.1 <{recipient}>: Recipient address rejected: User unknown "
            f"in {table} table",
        )
    assert relay.send("s@sender.test", "x@other.test", source=STRANGER)[0] == 554


def test_aliases_that_do_not_end_are_refused_for_now(make_relay):
    relay = make_relay(
        {"virtual_alias_maps": ["inline:{ {a@example.org=b@example.org} "
                                "{b@example.org=a@example.org} }"]}
    )
    code, text = relay.send("s@sender.test", "a@example.org")
    assert (code, text) == (451, "4.6.0 Alias expansion error")
    assert relay.send("s@sender.test", "alice@example.org")[0] == 250


def test_local_users_have_aliases_and_a_mailbox(make_relay, folder):
    (folder / "aliases").write_text(
        "postmaster: root\nteam: alice@example.org, root\nowner-team: root\n"
        "bad: |/bin/true\n"
    )
    spool = folder / "spool-of-users"
    spool.mkdir()
    relay = make_relay(
        {
            "mydestination": ["relay.test", "local.test"],
            "alias_maps": [f"hash:{folder}/aliases"],
            "mail_spool_directory": str(spool),
            "recipient_delimiter": "+",
        }
    )
    assert relay.send("s@sender.test", "team@local.test", STRANGER)[0] == 250
    [message] = relay.mailbox("alice").wait_for(1)
    assert message["Return-Path"] == "<owner-team@relay.test>"
    until(lambda: (spool / "root").exists(), 15, "the mailbox of root")
    assert relay.send("s@sender.test", "root+x@local.test", STRANGER)[0] == 250
    relay.wait_for_empty_queue()
    assert (spool / "root").read_text().count("\nDelivered-To: root") == 2
    # The bounce of what must not be run goes to the sender.
    assert relay.send("bob@example.org", "bad@local.test", STRANGER)[0] == 250
    [bounce] = relay.mailbox("bob").wait_for(1)
    assert "mail to command is restricted" in bounce.as_string()


def test_headers_of_our_own_clients_are_mended_and_of_others_not(make_relay):
    relay = make_relay(
        {
            "myorigin": "example.org",
            "canonical_maps": ["inline:{ {a@example.org=Anna.A@example.org} }"],
            "local_header_rewrite_clients": ["permit_mynetworks"],
        }
    )
    bare = b"From: Anna <a>\r\nTo: alice\r\n\r\nhello\r\n"
    relay.send("a@example.org", "alice@example.org", content=bare)
    [ours] = relay.mailbox("alice").wait_for(1)
    assert ours["From"] == "Anna <Anna.A@example.org>"
    assert ours["To"] == "alice@example.org"
    assert ours["Message-ID"].endswith("@relay.test>")
    assert ours["Date"]
    assert ours["Return-Path"] == "<Anna.A@example.org>"
    relay.send("a@sender.test", "alice@example.org", STRANGER, content=bare)
    theirs = relay.mailbox("alice").wait_for(2)[1]
    assert (theirs["Message-ID"], theirs["Date"]) == (None, None)
    assert "alice\n" in theirs.as_string()


def test_a_large_header_field_costs_no_more(make_relay):
    relay = make_relay()
    field = b"To: " + b",\r\n ".join(b"u%d@x.test" % i for i in range(4000))
    relay.send("a@x.test", "alice@example.org",
               content=field + b"\r\nSubject: x\r\n\r\nhello\r\n")
    [message] = relay.mailbox("alice").wait_for(1)
    assert message["Subject"] == "x"


def test_a_table_follows_its_file(make_relay, folder):
    table = folder / "virtual"
    table.write_text("x@example.org alice@example.org\n")
    relay = make_relay({"virtual_alias_maps": [f"hash:{folder}/virtual"]})
    relay.send("s@sender.test", "x@example.org")
    relay.mailbox("alice").wait_for(1)
    pathlib.Path(table).write_text("x@example.org bob@example.org\n")

    def reaches_bob():
        relay.send("s@sender.test", "x@example.org")
        relay.wait_for_empty_queue()
        return relay.mailbox("bob").count() > 0

    until(reaches_bob, 30, "the new content of the table")


def test_tables_may_be_in_redis(make_relay, redis_server):
    """Restrictions, aliases and domains; away, nobody knows (451)."""
    client = redis_server.client()
    client.hset("postern:virtual", "x@example.org", "alice@example.org")
    client.hset("postern:access", "bad@sender.test", "REJECT not you")
    client.hset("postern:domains", "relayed.test", "OK")
    relay = make_relay(
        {
            "redis": {"endpoints": [redis_server.address]},
            "virtual_alias_maps": ["redis:virtual"],
            "relay_domains": ["redis:domains"],
            "smtpd_sender_restrictions": ["check_sender_access redis:access"],
        }
    )
    assert relay.send("s@sender.test", "x@example.org", STRANGER)[0] == 250
    relay.mailbox("alice").wait_for(1)
    code, text = relay.send("bad@sender.test", "alice@example.org", STRANGER)
    assert (code, "not you" in text) == (554, True)
    assert relay.send("s@sender.test", "a@relayed.test", STRANGER)[0] == 250
    assert relay.send("s@sender.test", "a@other.test", STRANGER)[0] == 554
    redis_server.stop()
    assert relay.send("s@sender.test", "x@example.org", STRANGER)[0] == 451
