"""Filtering on content: header_checks."""

import pytest
from kit.relay import STRANGER, letter

SENDER, RECIPIENT = "someone@sender.test", "jean@falcot.com"


@pytest.fixture
def relay(falcot):
    return falcot("header_checks")


def send(relay, *fields, body=b"A text.\r\n"):
    header = "".join(f"{field}\r\n" for field in ("From: a@sender.test", *fields))
    content = header.encode() + b"\r\n" + body
    return relay.send(SENDER, RECIPIENT, source=STRANGER, content=content)


def mail(relay):
    return relay.mail("jean")


def test_advertising_is_rejected_in_the_session_with_the_text_of_the_rule(relay):
    code, text = send(relay, "X-Mailer: GOTO Sarbacane 4")
    assert (code, text) == (550, "5.7.1 I fight spam (GOTO Sarbacane)")
    code, text = send(relay, "x-mailer: goto sarbacane")
    assert code == 550, text


def test_a_virus_notification_seems_accepted_and_goes_nowhere(relay):
    for subject in ("Your email contains VIRUSES", "   your email contains viruses!"):
        code, text = send(relay, f"Subject:{subject}")
        assert code == 250, text
    assert send(relay, "Subject: about viruses")[0] == 250
    [message] = mail(relay).wait_for(1)
    assert message["Subject"] == "about viruses"
    relay.wait_for_empty_queue()
    assert mail(relay).count() == 1
    assert "event=content_check" in relay.log()
    assert 'text="virus notification"' in relay.log()


def test_the_rules_see_a_folded_field_as_one_and_leave_others_alone(relay):
    code, text = send(relay, "Subject:\r\n Your email contains VIRUSES")
    assert code == 250, text
    assert send(relay, "X-Other: X-Mailer: GOTO Sarbacane")[0] == 250
    assert send(relay, body=b"X-Mailer: GOTO Sarbacane\r\n")[0] == 250
    assert mail(relay).wait_for(2)


def test_a_mail_program_in_an_attached_message_is_found_too(relay):
    code, text = send(
        relay,
        "Content-Type: message/rfc822",
        body=b"X-Mailer: GOTO Sarbacane\r\n\r\ntext\r\n",
    )
    assert (code, text) == (550, "5.7.1 I fight spam (GOTO Sarbacane)")


def test_ordinary_mail_arrives_unchanged(relay):
    content = letter(SENDER, RECIPIENT)
    assert relay.send(SENDER, RECIPIENT, source=STRANGER, content=content)[0] == 250
    mail(relay).wait_for(1)
    [raw] = mail(relay).raw()
    assert raw.replace(b"\r\n", b"\n").endswith(content.replace(b"\r\n", b"\n"))
