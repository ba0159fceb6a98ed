"""Filtering on content: body_checks."""

import pytest
from kit.relay import STRANGER

SENDER, RECIPIENT = "someone@sender.test", "jean@falcot.com"
LINE = b"Hello, click here to see my pictures!\r\n"


@pytest.fixture
def relay(falcot):
    return falcot("body_checks")


def send(relay, content):
    return relay.send(SENDER, RECIPIENT, source=STRANGER, content=content)


def test_a_line_of_the_body_rejects_the_message(relay):
    code, text = send(relay, b"Subject: x\r\n\r\nfirst\r\n" + LINE)
    assert (code, text) == (550, "5.7.1 A worm's letter: Hello,")
    assert relay.metric("postern_mta_queue_messages") == 0


def test_the_header_is_not_the_body(relay):
    code, text = send(relay, b"Subject: " + LINE + b"\r\nfirst\r\n")
    assert code == 250, text


def test_every_part_is_looked_at_from_its_beginning(relay):
    head = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n"
    filler = b"0123456789abcdef\r\n" * 4000  # More than 50 KiB.
    code, text = send(relay, head + filler + LINE + b"--x--\r\n")
    assert code == 250, text
    code, text = send(relay, head + filler + b"--x\r\n\r\n" + LINE + b"--x--\r\n")
    assert code == 550, text


def test_a_large_message_takes_no_more_memory_than_a_small_one(relay):
    assert send(relay, b"Subject: x\r\n\r\nsmall\r\n")[0] == 250
    relay.wait_for_empty_queue()
    before = relay.metric("process_resident_memory_bytes")
    filler = b"0123456789abcdef\r\n" * (40 << 16)  # 45 MiB.
    code, text = send(relay, b"Subject: x\r\n\r\n" + filler)
    assert code == 250, text
    relay.wait_for_empty_queue(60)
    after = relay.metric("process_resident_memory_bytes")
    assert after - before < 24 << 20
