"""The extensions of the server: BDAT, SMTPUTF8, DSN, LIMITS, XCLIENT, XFORWARD.
Other people's clients are in tests/interop."""

import pytest
from kit.relay import letter
from kit.smtp_wire import Wire


@pytest.fixture
def relay(make_relay):
    return make_relay()


def test_smtplib_uses_smtputf8(relay):
    with relay.client() as client:
        client.ehlo()
        assert client.has_extn("smtputf8") and client.has_extn("dsn")
        refused = client.sendmail(
            "é@sender.test",
            ["alice@example.org"],
            letter(),
            mail_options=["SMTPUTF8", "BODY=8BITMIME", "RET=HDRS", "ENVID=x+2By"],
            rcpt_options=["NOTIFY=NEVER", "ORCPT=rfc822;Alice@example.org"],
        )
    assert refused == {}
    message = relay.mailbox("alice").wait_for()[0]
    assert " with UTF8SMTP id " in message["received"]


def test_an_address_beyond_ascii_wants_smtputf8(make_relay):
    """MTA-43."""
    relay = make_relay({"smtputf8_enable": False})
    with Wire(relay.port) as wire:
        assert "SMTPUTF8" not in wire.hello()
        assert wire.say("MAIL FROM:<a@b.test> SMTPUTF8").startswith("555")
        assert wire.say("MAIL FROM:<\xc3\xa9@b.test>").startswith("501")


def test_chunks_arrive_byte_for_byte(relay):
    """MTA-07: dots and look-alikes of the end of data are content."""
    content = b"Subject: x\r\n\r\n.\r\n..\r\n\r\n.\r\nMAIL FROM:<evil@b.test>\r\n"
    with Wire(relay.port) as wire:
        assert "CHUNKING" in wire.hello()
        wire.envelope("a@sender.test", "alice@example.org")
        first, last = content[:15], content[15:]
        wire.send(b"BDAT %d\r\n" % len(first) + first)
        assert wire.reply() == f"250 2.0.0 Ok: {len(first)} bytes"
        wire.send(b"BDAT %d LAST\r\n" % len(last) + last)
        assert wire.reply().startswith("250 2.0.0 Ok: queued as")
        assert wire.say("NOOP").startswith("250")
    relay.mailbox("alice").wait_for()
    (raw,) = relay.mailbox("alice").raw()
    # A local client's header gets the fields that it lacks, its body nothing.
    header, body = content.replace(b"\r\n", b"\n").split(b"\n\n", 1)
    assert raw.replace(b"\r\n", b"\n").endswith(b"\n\n" + body)
    assert b"\n" + header + b"\n" in raw.replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\r\n\x00.\r\n"]
)
def test_no_bdat_is_smuggled_after_a_false_end_of_data(relay, end):
    """MTA-07: what follows a look-alike in DATA is content, BDAT as well."""
    inner = b"MAIL FROM:<evil@b.test>\r\nRCPT TO:<bob@example.org>\r\n"
    inner += b"BDAT 6 LAST\r\nevil\r\n"
    with Wire(relay.port) as wire:
        wire.hello()
        wire.envelope("a@sender.test", "alice@example.org")
        wire.say("DATA")
        wire.send(b"Subject: x\r\n\r\nhello" + end + inner + b"\r\n.\r\n")
        assert wire.reply().startswith("550 5.6."), "one message, refused"
        assert wire.say("NOOP").startswith("250"), "and one reply"
    assert relay.mailbox("bob").count() == 0


def test_bare_newlines_are_refused_in_chunks_too(relay):
    """MTA-07, MTA-13: and the transaction is over."""
    with Wire(relay.port) as wire:
        wire.hello()
        wire.envelope("a@sender.test", "alice@example.org")
        wire.send(b"BDAT 5\r\na\n.\r\n" + b"BDAT 3 LAST\r\nb\r\n" + b"RCPT TO:<a@b>\r\n")
        assert wire.reply().startswith("550 5.6.11")
        assert wire.reply().startswith("503")
        assert wire.reply().startswith("503")
        assert wire.say("MAIL FROM:<a@sender.test>").startswith("250")


def test_wrong_sizes_of_chunks_close_the_connection(relay):
    """MTA-11: nobody can tell where such a chunk ends."""
    for size in ("18446744073709551615", "-1", "x", "9" * 30, ""):
        with Wire(relay.port) as wire:
            wire.hello()
            wire.envelope("a@sender.test", "alice@example.org")
            assert wire.say(f"BDAT {size}")[:3] in ("501", "552"), size
            assert wire.is_closed()


def test_data_and_bdat_do_not_mix(relay):
    """MTA-16."""
    with Wire(relay.port) as wire:
        wire.hello()
        wire.envelope("a@sender.test", "alice@example.org")
        wire.send(b"BDAT 3\r\na\r\n")
        assert wire.reply().startswith("250")
        assert wire.say("DATA").startswith("503")
        wire.send(b"BDAT 3 LAST\r\nb\r\n")
        assert wire.reply().startswith("250 2.0.0 Ok: queued as")


def test_a_listed_proxy_tells_for_whom_it_speaks(make_relay):
    relay = make_relay(
        {
            "mynetworks": ["192.0.2.7"],
            "smtpd_authorized_xclient_hosts": ["127.0.0.1"],
            "smtpd_authorized_xforward_hosts": ["127.0.0.1"],
        }
    )
    with Wire(relay.port) as wire:
        offered = wire.hello("proxy.test")
        assert "XCLIENT NAME ADDR" in offered and "XFORWARD NAME" in offered
        greeting = wire.say("XCLIENT ADDR=192.0.2.7 NAME=inside.test")
        assert greeting.startswith("220 relay.test")
        wire.say("EHLO inside.test")
        assert wire.say("XFORWARD IDENT=4X HELO=orig.test").startswith("250")
        answer = wire.envelope("a@inside.test", "carol@partner.test")
        assert answer.startswith("250"), "192.0.2.7 is in mynetworks"
        wire.say("RSET")
        wire.say("XCLIENT ADDR=192.0.2.8")
        wire.say("EHLO outside.test")
        answer = wire.envelope("a@outside.test", "carol@partner.test")
        assert answer.startswith("554"), "192.0.2.8 is not"
        assert wire.say("RCPT TO:<alice@example.org>").startswith("250")
        wire.say("DATA")
        wire.send(letter() + b"\r\n.\r\n")
        assert wire.reply().startswith("250")
    message = relay.mailbox("alice").wait_for()[0]
    assert "outside.test (unknown [192.0.2.8])" in message["received"]


def test_nobody_else_may_use_xclient(relay):
    with Wire(relay.port) as wire:
        assert "XCLIENT" not in wire.hello()
        assert wire.say("XCLIENT ADDR=192.0.2.7").startswith("550 5.7.0")
        assert wire.say("XFORWARD ADDR=192.0.2.7").startswith("550 5.7.0")


def test_limits_are_announced_and_kept(make_relay):
    """RFC 9422."""
    relay = make_relay(
        {"smtpd_recipient_limit": 2, "smtpd_session_message_limit": 2}
    )
    with Wire(relay.port) as wire:
        assert "LIMITS MAILMAX=2 RCPTMAX=2" in wire.hello()
        wire.envelope("a@sender.test", "alice@example.org", "bob@example.org")
        answer = wire.say("RCPT TO:<postmaster@example.org>")
        assert answer.startswith("452 4.5.3")
        wire.say("RSET")
        wire.envelope("a@sender.test")
        wire.say("RSET")
        assert wire.say("MAIL FROM:<a@sender.test>").startswith("421")
        assert wire.is_closed()


def test_commands_that_tell_nothing(make_relay):
    relay = make_relay(
        {"disable_vrfy_command": True, "smtpd_discard_ehlo_keywords": ["dsn"]}
    )
    with Wire(relay.port) as wire:
        assert "DSN" not in wire.hello()
        assert wire.say("VRFY alice").startswith("502 5.5.1")
        assert wire.say("EXPN list").startswith("502 5.5.1")
        assert wire.say("NOOP any thing").startswith("250 2.0.0")
        assert wire.say("HELP MAIL").startswith("214 2.0.0")
        assert wire.say("MAIL FROM:<a@b.test> RET=FULL").startswith("555 5.5.4")
        wire.envelope("a@b.test")
        answer = wire.say("RCPT TO:<alice@example.org> NOTIFY=NEVER")
        assert answer.startswith("555 5.5.4")
