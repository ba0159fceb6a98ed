"""Restricting what a client does at DATA: reject_unauth_pipelining."""

import pytest
from kit.relay import STRANGER
from kit.smtp_wire import Wire

ENVELOPE = "MAIL FROM:<a@sender.test>\r\nRCPT TO:<jean@falcot.com>\r\nDATA\r\n"
MESSAGE = "Subject: x\r\n\r\ntext\r\n.\r\n"


@pytest.fixture
def relay(falcot):
    return falcot("data_restrictions")


def replies(wire, count):
    return [wire.reply() for _ in range(count)]


def test_commands_together_are_fine_for_a_client_that_asked(relay):
    with Wire(relay.port, source=STRANGER) as wire:
        wire.hello()
        wire.send(ENVELOPE)
        assert [x[:3] for x in replies(wire, 3)] == ["250", "250", "354"]
        wire.send(MESSAGE)
        assert wire.reply().startswith("250 ")
    assert relay.mail("jean").wait_for(1)


def test_a_client_that_said_helo_may_not_send_commands_together(relay):
    with Wire(relay.port, source=STRANGER) as wire:
        wire.reply()
        assert wire.say("HELO client.test").startswith("250")
        wire.send(ENVELOPE)
        assert replies(wire, 3)[2] == (
            "503 5.5.0 <DATA>: Data command rejected: "
            "Improper use of SMTP command pipelining"
        )


def test_a_client_that_said_helo_and_waits_is_served(relay):
    with Wire(relay.port, source=STRANGER) as wire:
        wire.reply()
        for line in ("HELO client.test", *ENVELOPE.splitlines()):
            answer = wire.say(line)
        assert answer.startswith("354"), answer
        wire.send(MESSAGE)
        assert wire.reply().startswith("250 ")


def test_a_client_that_sends_its_message_before_our_answer_is_sent_away(relay):
    """Postfix says 503 and takes the message for commands; we end it (MTA-10)."""
    with Wire(relay.port, source=STRANGER) as wire:
        wire.hello()
        wire.send(ENVELOPE + MESSAGE)
        assert replies(wire, 3)[2].startswith("554 5.5.0")
        assert wire.is_closed()
    assert relay.metric("postern_mta_queue_messages") == 0
    assert relay.mail("jean").count() == 0
