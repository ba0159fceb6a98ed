"""Debian's Postfix with check_policy_service, as the Debian handbook's section
on greylisting configures it, against greylistd with both stores."""

import smtplib

import pytest
from kit.greylist import with_redis
from kit.waiting import until

# The handbook's three lines, with the port of the test.
HANDBOOK = """\
smtpd_recipient_restrictions = permit_mynetworks,
    reject_unauth_destination,
    check_policy_service inet:127.0.0.1:{port}
"""
STRANGER = "127.9.0.1"


@pytest.fixture(params=["embedded", "redis"])
def grey(request, make_greylist):
    if request.param == "embedded":
        return make_greylist()
    return make_greylist(with_redis(request.getfixturevalue("redis_server")))


@pytest.fixture
def postfix(make_postfix, grey):
    return make_postfix(HANDBOOK.format(port=grey.port))


def send(postfix, source=STRANGER, sender="a@sender.test", to="alice"):
    with smtplib.SMTP(
        "127.0.0.1", postfix.port, source_address=(source, 0), timeout=20
    ) as client:
        client.ehlo("client.test")
        client.mail(sender)
        code, text = client.rcpt(f"{to}@example.org")
        if code == 250:
            code, text = client.data(b"Subject: hello\r\n\r\ntext\r\n")
        return code, text.decode()


def test_postfix_defers_an_unknown_sender_and_delivers_the_retry(postfix, grey):
    code, text = send(postfix)
    assert code == 450 and "Greylisted" in text, (code, text)
    until(lambda: send(postfix)[0] == 250, 15, "the retry accepted", every=0.3)
    [message] = postfix.mailbox("alice").wait_for(1)
    assert "by greylistd-" in message["X-Greylist"]
    assert send(postfix)[0] == 250
    assert len(postfix.mailbox("alice").wait_for(2)) == 2


def test_postfix_lets_its_own_network_pass_without_asking(postfix, grey):
    assert send(postfix, source="127.0.0.1")[0] == 250
    assert grey.metric("postern_greylistd_policy_requests_total") == 0


def test_postfix_asks_again_after_greylistd_was_restarted(postfix, grey):
    assert send(postfix)[0] == 450
    grey.restart()
    code, text = send(postfix, sender="b@sender.test")
    assert code == 450 and "Greylisted" in text, (code, text)
    assert not postfix.log_lines(r"fatal|panic")


def test_postfix_sees_no_protocol_error(postfix, grey):
    for number in range(20):
        send(postfix, sender=f"u{number}@sender.test")
    assert not postfix.log_lines(r"warning: .*(policy|malformed|problem talk)")
    assert grey.metric("postern_greylistd_policy_malformed_total") == 0


def test_postfix_sends_one_header_for_two_recipients(postfix, grey):
    def both_accepted():
        with smtplib.SMTP(
            "127.0.0.1", postfix.port, source_address=(STRANGER, 0)
        ) as client:
            client.ehlo("client.test")
            client.mail("a@sender.test")
            codes = [
                client.rcpt(f"{u}@example.org")[0] for u in ("alice", "bob")
            ]
            if codes != [250, 250]:
                return False
            return client.data(b"Subject: two\r\n\r\ntext\r\n")[0] == 250

    until(both_accepted, 15, "both accepted", every=0.3)
    [message] = postfix.mailbox("alice").wait_for(1)
    assert len(message.get_all("X-Greylist")) == 1
