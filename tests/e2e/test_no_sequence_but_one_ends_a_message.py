"""SMTP smuggling against the real binary: security catalogue MTA-01 to MTA-09."""

import pytest
from kit.relay import letter
from kit.smtp_wire import Wire
from kit.waiting import stays

HEAD = b"From: <a@sender.test>\r\nTo: <alice@example.org>\r\nSubject: one\r\n\r\n"
SMUGGLED = (
    b"MAIL FROM:<evil@sender.test>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n"
    b"Subject: smuggled\r\n\r\nboo\r\n"
)

# MTA-02: none of these ends the data.
NO_END = {
    "LF . LF": b"\n.\n",
    "LF . CRLF": b"\n.\r\n",
    "CRLF . LF": b"\r\n.\n",
    "CR . CR": b"\r.\r",
    "CR . CRLF": b"\r.\r\n",
    "LF . CR": b"\n.\r",
    "CRCRLF . CRCRLF": b"\r\r\n.\r\r\n",
    "CRLF . CRCRLF": b"\r\n.\r\r\n",
    "CRLF NUL . CRLF": b"\r\n\0.\r\n",
    "NUL . CRLF": b"\0.\r\n",
}


@pytest.fixture
def relay(make_relay):
    return make_relay()


def begin_data(wire, to="alice@example.org"):
    wire.hello()
    wire.envelope("a@sender.test", to)
    answer = wire.say("DATA")
    assert answer.startswith("354"), answer


@pytest.mark.parametrize("sequence", NO_END)
def test_a_false_end_of_data_ends_nothing_and_the_message_is_refused(
    relay, sequence
):
    """MTA-01, MTA-02, MTA-03: refused once, after the true end, in step."""
    with Wire(relay.port) as wire:
        begin_data(wire)
        wire.send(HEAD + b"text" + NO_END[sequence] + SMUGGLED + b"\r\n.\r\n")
        assert wire.reply().startswith("550 5."), sequence
        assert wire.say("NOOP").startswith("250")
        assert wire.say("QUIT").startswith("221")
    stays(lambda: relay.mailbox("bob").count() == 0, 0.3)
    assert relay.mailbox("alice").count() == 0


@pytest.mark.parametrize(
    "stray", [b"a\nb", b"a\rb", b"a\r\r\nb", b"a\0b"], ids=repr
)
def test_stray_line_ends_and_nuls_in_content_are_refused(relay, stray):
    """MTA-03, MTA-25."""
    with Wire(relay.port) as wire:
        begin_data(wire)
        wire.send(HEAD + stray + b"\r\n.\r\n")
        assert wire.reply().startswith("550 5.")
        assert wire.say("NOOP").startswith("250")


def test_disconnect_is_the_stricter_answer_to_stray_line_ends(make_relay):
    """MTA-03: smtpd_forbid_bare_newline: disconnect."""
    relay = make_relay({"smtpd_forbid_bare_newline": "disconnect"})
    with Wire(relay.port) as wire:
        begin_data(wire)
        wire.send(HEAD + b"a\nb\r\n.\r\n")
        assert wire.reply().startswith("521 5.")
        assert wire.is_closed()


def test_the_true_end_is_seen_however_it_is_split(relay):
    """MTA-01: at every byte."""
    end = b"\r\n.\r\n"
    for split in range(len(end) + 1):
        with Wire(relay.port) as wire:
            begin_data(wire)
            wire.send(HEAD + b"text" + end[:split])
            wire.send(end[split:])
            assert wire.reply().startswith("250"), split
    assert len(relay.mailbox("alice").wait_for(len(end) + 1)) == len(end) + 1


def test_dots_are_unstuffed_only_where_a_line_begins(relay):
    """MTA-05."""
    with Wire(relay.port) as wire:
        begin_data(wire)
        wire.send(HEAD + b"..one\r\n...two\r\nthree.\r\n.four\r\n.\r\n")
        assert wire.reply().startswith("250")
    relay.mailbox("alice").wait_for(1)
    [raw] = relay.mailbox("alice").raw()
    body = raw.replace(b"\r\n", b"\n").split(b"\n\n", 1)[1]
    assert body == b".one\n..two\nthree.\nfour\n"


def test_a_message_too_large_is_read_to_its_true_end(make_relay):
    """MTA-04: refusing early would let the rest be taken for commands."""
    relay = make_relay({"message_size_limit": "10KiB"})
    with Wire(relay.port) as wire:
        begin_data(wire)
        wire.send(HEAD + b"x" * 70 + b"\r\n")
        for _ in range(400):
            wire.send(b"RCPT TO:<bob@example.org>\r\n")
        wire.send(b".\r\n")
        assert wire.reply().startswith("552 5.3.4")
        assert wire.say("NOOP").startswith("250")
    assert relay.mailbox("bob").count() == 0


def test_a_command_that_ends_in_a_bare_line_feed_is_an_error(relay):
    """MTA-06."""
    with Wire(relay.port) as wire:
        wire.hello()
        wire.send(b"NOOP\nNOOP\r\n")
        assert wire.reply().startswith("50")


def test_a_carriage_return_or_nul_inside_a_command_is_an_error(relay):
    """MTA-06, MTA-25."""
    with Wire(relay.port) as wire:
        wire.hello()
        assert wire.say("MAIL FROM:<a\rb@sender.test>").startswith("50")
    with Wire(relay.port) as wire:
        wire.hello()
        wire.send(b"MAIL FROM:<a\0b@sender.test>\r\n")
        assert wire.reply().startswith("50")


def test_what_is_relayed_has_only_true_line_ends_and_its_dots(make_relay, sink):
    """MTA-08: the next hop sees CR LF and stuffed dots, nothing else."""
    relay = make_relay({"relayhost": f"[127.0.0.1]:{sink.port}"})
    code, text = relay.send("a@sender.test", "carol@partner.test")
    assert code == 250, text
    [message] = sink.wait_for(1)
    assert b"\n" not in message.raw.replace(b"\r\n", b"")
    assert b"\r" not in message.raw.replace(b"\r\n", b"")
    assert b"\r\n..A line that starts with a dot." in message.raw
    assert letter("a@sender.test", "carol@partner.test") in message.content


def test_our_own_networks_are_under_the_same_rules(make_relay):
    """MTA-09: nobody is exempt, so that no hop of ours can be smuggled through."""
    relay = make_relay({"mynetworks": ["127.0.0.0/8"]})
    with Wire(relay.port) as wire:
        begin_data(wire, to="anybody@elsewhere.test")
        wire.send(HEAD + b"text\n.\r\n" + SMUGGLED + b"\r\n.\r\n")
        assert wire.reply().startswith("550 5.")
        assert wire.say("QUIT").startswith("221")
    assert "elsewhere.test" not in relay.queue()
