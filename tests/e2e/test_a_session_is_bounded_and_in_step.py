"""Commands, order, limits and slow clients: MTA-10 to MTA-45."""

import threading
import time

import pytest
from kit.relay import STRANGER, letter
from kit.smtp_wire import Wire
from kit.waiting import until


@pytest.fixture
def relay(make_relay):
    return make_relay()


def test_the_extensions_offered_are_those_that_work(relay):
    with Wire(relay.port) as wire:
        offered = wire.hello()
    for extension in ("PIPELINING", "SIZE", "8BITMIME", "ENHANCEDSTATUSCODES",
                      "CHUNKING", "DSN", "SMTPUTF8", "LIMITS RCPTMAX=1000"):  # fmt: skip
        assert extension in offered
    for absent in ("STARTTLS", "AUTH", "REQUIRETLS", "BINARYMIME", "XCLIENT"):
        assert absent not in offered


def test_a_stranger_cannot_relay(relay):
    """MTA-36: by default nothing is relayed but for mynetworks."""
    for recipient in (
        "carol@partner.test",
        "carol%partner.test@example.org",
        "@example.org:carol@partner.test",
        '"carol@partner.test"@example.org',
        "partner.test!carol@example.org",
    ):
        code, text = relay.send("a@sender.test", recipient, source=STRANGER)
        assert 500 <= code < 600, (recipient, code, text)


def test_without_a_configuration_file_nobody_can_relay_from_elsewhere(
    make_relay,
):
    """MTA-36: an empty configuration trusts loopback alone."""
    relay = make_relay({"mynetworks": []})
    code, text = relay.send("a@sender.test", "carol@partner.test", STRANGER)
    assert code == 554, text


def test_an_unknown_mailbox_is_refused_in_the_session(relay):
    """MTA-37."""
    code, text = relay.send("a@sender.test", "nobody@example.org")
    assert code == 550 and text.startswith("5.1.1"), (code, text)


def test_commands_out_of_order_are_503(relay):
    with Wire(relay.port) as wire:
        wire.hello()
        assert wire.say("RCPT TO:<alice@example.org>").startswith("503")
        assert wire.say("DATA").startswith("503")
        wire.envelope("a@sender.test")
        assert wire.say("MAIL FROM:<b@sender.test>").startswith("503")
        assert wire.say("DATA")[:3] in ("503", "554")


def test_noop_and_vrfy_do_not_disturb_a_transaction(relay):
    """MTA-15."""
    with Wire(relay.port) as wire:
        wire.hello()
        wire.envelope("a@sender.test", "alice@example.org")
        assert wire.say("NOOP").startswith("250")
        assert wire.say("VRFY alice")[:3] in ("252", "502")
        assert wire.say("DATA").startswith("354")
        wire.send(letter() + b".\r\n")
        assert wire.reply().startswith("250")


def test_rset_and_a_second_hello_forget_the_transaction(relay):
    with Wire(relay.port) as wire:
        wire.hello()
        wire.envelope("a@sender.test", "alice@example.org")
        assert wire.say("RSET").startswith("250")
        assert wire.say("RCPT TO:<alice@example.org>").startswith("503")
        wire.envelope("a@sender.test", "alice@example.org")
        assert wire.say("EHLO again.test").startswith("250")
        assert wire.say("DATA").startswith("503")


def test_a_pipelined_transaction_is_answered_in_order(relay):
    with Wire(relay.port) as wire:
        wire.hello()
        wire.send(
            "MAIL FROM:<a@sender.test>\r\nRCPT TO:<alice@example.org>\r\n"
            "RCPT TO:<nobody@example.org>\r\nDATA\r\n"
        )
        codes = [wire.reply()[:3] for _ in range(4)]
        assert codes == ["250", "250", "550", "354"]
        wire.send(letter() + b".\r\nQUIT\r\n")
        assert wire.reply().startswith("250")
        assert wire.reply().startswith("221")


def test_talking_before_the_greeting_or_past_ehlo_is_refused(relay):
    """MTA-10."""
    with Wire(relay.port) as wire:
        wire.reply()
        wire.send("EHLO client.test\r\nMAIL FROM:<a@sender.test>\r\n")
        text = wire.reply()
        if text.startswith("250"):
            text = wire.reply()
        assert text.startswith("554 5.5.0"), text
        assert wire.is_closed()


def test_a_line_too_long_is_one_error_and_endless_ones_end_the_session(relay):
    """MTA-23."""
    with Wire(relay.port) as wire:
        wire.hello()
        assert wire.say("NOOP " + "x" * 5000).startswith("500")
        assert wire.say("NOOP").startswith("250")
    with Wire(relay.port) as wire:
        wire.hello()
        try:
            for _ in range(1000):
                wire.send("x" * 10000)
        except OSError:
            pass
        assert wire.is_closed()


def test_too_many_errors_end_the_session(relay):
    """MTA-40."""
    with Wire(relay.port) as wire:
        wire.hello()
        last = ""
        for _ in range(30):
            last = wire.say("NONSENSE")
            if last.startswith("421"):
                break
        assert last.startswith("421"), last
        assert wire.is_closed()


def test_too_many_recipients_are_452(make_relay):
    """MTA-45."""
    relay = make_relay({"smtpd_recipient_limit": 5})
    with Wire(relay.port) as wire:
        wire.hello()
        wire.envelope("a@sender.test")
        answers = [
            wire.say(f"RCPT TO:<user{n}@partner.test>")[:9] for n in range(7)
        ]
    assert answers[4].startswith("250")
    assert answers[5:] == ["452 4.5.3"] * 2


@pytest.mark.parametrize(
    "size, code",
    [
        ("1000000000", "552"),
        ("99999999999999999999999", "501"),
        ("-1", "501"),
        ("1x", "501"),
        ("100", "250"),
    ],
)
def test_a_declared_size_is_checked(relay, size, code):
    """MTA-26."""
    with Wire(relay.port) as wire:
        wire.hello()
        answer = wire.say(f"MAIL FROM:<a@sender.test> SIZE={size}")
        assert answer[:3] in (code, "552" if code == "501" else code), answer


def test_lines_of_64_kib_pass_unchanged_and_longer_ones_are_refused(relay):
    """MTA-24."""
    long = b"x" * 60000
    code, text = relay.send(
        "a@s.test", "alice@example.org", content=b"Subject: l\r\n\r\n" + long
    )
    assert code == 250, text
    relay.mailbox("alice").wait_for(1)
    assert long in relay.mailbox("alice").raw()[0]
    code, text = relay.send(
        "a@s.test",
        "alice@example.org",
        content=b"Subject: l\r\n\r\n" + b"x" * 70000,
    )
    assert code == 550 and text.startswith("5.6.0"), (code, text)


def test_a_message_that_has_come_by_fifty_times_is_a_loop(relay):
    """MTA-27."""
    hop = b"Received: from a.test by b.test; Mon, 24 Nov 2025 10:00:00 +0000\r\n"
    code, text = relay.send(
        "a@s.test", "alice@example.org", content=hop * 60 + letter()
    )
    assert code == 554 and text.startswith("5.4.6"), (code, text)


def test_a_header_without_end_is_refused(relay):
    """MTA-27."""
    content = b"X: " + b"y" * 70 + b"\r\n"
    code, text = relay.send(
        "a@s.test", "alice@example.org", content=content * 3000 + letter()
    )
    assert 500 <= code < 600, (code, text)


def test_what_the_client_says_of_itself_cannot_add_a_header(relay):
    """MTA-34."""
    with Wire(relay.port) as wire:
        wire.reply()
        answer = wire.say("EHLO evil(\x01)\tX-Evil:yes")
        if not answer.startswith("250"):
            assert wire.say("EHLO evil.test").startswith("250")
        wire.envelope("a@sender.test", "alice@example.org")
        wire.say("DATA")
        wire.send(letter() + b".\r\n")
        assert wire.reply().startswith("250")
    [message] = relay.mailbox("alice").wait_for(1)
    assert message["X-Evil"] is None
    received = message["Received"]
    assert "by relay.test" in received and "\x01" not in received


def test_a_silent_client_is_closed_after_the_timeout(make_relay):
    """MTA-39."""
    relay = make_relay({"smtpd_timeout": "1s"})
    with Wire(relay.port) as wire:
        wire.hello()
        started = time.monotonic()
        assert wire.reply().startswith("421")
        assert wire.is_closed()
        assert time.monotonic() - started < 6


def test_a_client_that_drips_bytes_is_closed_in_bounded_time(make_relay):
    """MTA-39: every byte in time, the whole too slow."""
    relay = make_relay({"smtpd_timeout": "1s", "smtpd_min_data_rate": 5000})
    with Wire(relay.port, timeout=30) as wire:
        wire.hello()
        wire.envelope("a@sender.test", "alice@example.org")
        wire.say("DATA")
        started = time.monotonic()
        stop = threading.Event()

        def drip():
            while not stop.wait(0.2):
                try:
                    wire.send(b"x\r\n")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            wire.is_closed()
        finally:
            stop.set()
            thread.join()
        assert time.monotonic() - started < 20
    assert relay.mailbox("alice").count() == 0


def test_a_client_has_only_so_many_connections(make_relay):
    """MTA-39."""
    relay = make_relay({"smtpd_client_connection_count_limit": 3})
    wires = [Wire(relay.port, source=STRANGER) for _ in range(3)]
    try:
        for wire in wires:
            assert wire.reply().startswith("220")
        with Wire(relay.port, source=STRANGER) as one_more:
            assert not one_more.reply().startswith("220")
        with Wire(relay.port, source="127.9.0.2") as somebody_else:
            assert somebody_else.reply().startswith("220")
        with Wire(relay.port) as one_of_us:
            assert one_of_us.reply().startswith("220")
    finally:
        for wire in wires:
            wire.close()
    until(lambda: _greets(relay), 10, "a place free again")


def _greets(relay):
    with Wire(relay.port, source=STRANGER) as wire:
        return wire.reply().startswith("220")


def test_memory_does_not_grow_with_the_size_of_messages(relay):
    """MTA-42: content streams to the spool."""
    content = b"Subject: big\r\n\r\n" + (b"y" * 76 + b"\r\n") * 250_000
    relay.send("a@s.test", "alice@example.org", content=content[: 1 << 20])
    before = relay.resident_mib()
    peak = [before]
    threads = [
        threading.Thread(
            target=relay.send,
            args=("a@s.test", "alice@example.org"),
            kwargs={"content": content},
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    while any(t.is_alive() for t in threads):
        peak[0] = max(peak[0], relay.resident_mib())
        time.sleep(0.05)
    relay.mailbox("alice").wait_for(5, timeout=60)
    assert peak[0] - before < 96, (before, peak[0])


def test_sigterm_tells_idle_sessions_421_and_lets_transactions_finish(relay):
    with Wire(relay.port) as idle, Wire(relay.port) as busy:
        idle.hello()
        busy.hello()
        busy.envelope("a@sender.test", "alice@example.org")
        assert busy.say("DATA").startswith("354")
        busy.send(letter()[:50])
        relay.process.terminate()
        assert idle.reply().startswith("421 4.3.2")
        assert idle.is_closed()
        busy.send(letter()[50:] + b".\r\n")
        assert busy.reply().startswith("250")
    assert relay.wait() == 0
    relay.start()
    relay.mailbox("alice").wait_for(1)
