"""Debian's clamav-milter, rspamd and spamass-milter: what each does to mail
behind our relay is what it does behind Postfix."""

import re
from email.utils import formatdate

import pytest
from kit.beside_postfix import BesidePostfix
from kit.other_filters import (
    SPAM,
    VIRUS,
    WORST_SPAM,
    ClamavMilter,
    Rspamd,
    SpamassMilter,
)
from kit.waiting import until

FROM, TO = "raphael@falcot.com", "bob@elsewhere.test"


def _text(body, subject="handbook"):
    return (
        f"From: Raphael <{FROM}>\r\nTo: Bob <{TO}>\r\nDate: {formatdate()}\r\n"
        f"Message-ID: <1@falcot.com>\r\nSubject: {subject}\r\n"
        f"X-Virus-Status: forged\r\nX-Spam-Status: forged\r\n\r\n"
        f"The handbook is done.\r\n{body}\r\n"
    )


@pytest.fixture
def beside(make_relay, make_postfix):
    """beside(filter): our relay and Postfix, each asking it."""
    made = []

    def make(other, **options):
        made.append(other.start())
        made.append(BesidePostfix(make_relay, make_postfix, other.port, **options))
        return made[-1]

    yield make
    for one in reversed(made):
        one.stop()


def _fields(mail, prefix):
    header = mail.content.split(b"\r\n\r\n")[0].decode()
    unfolded = header.replace("\r\n\t", " ").replace("\r\n ", " ")
    return [x for x in unfolded.split("\r\n") if x.startswith(prefix)]


def _lines(outcome):
    """Without the random part of a MIME boundary, and the queue id, which
    Postfix does not know yet when spamass-milter asks for it."""
    text = "\n".join(outcome.lines())
    text = re.sub(r"=_[0-9A-F]+\.[0-9A-F]+", "=_", text)
    return re.sub(r" with SMTP id \w+", " with SMTP id ID", text).split("\n")


def _same(outcomes):
    ours, theirs = outcomes
    assert ours.code == theirs.code
    assert ours.mail.sender == theirs.mail.sender
    assert ours.mail.recipients == theirs.mail.recipients
    assert _lines(ours) == _lines(theirs)
    return ours.mail


def _refused(outcomes, code, words):
    ours, theirs = outcomes
    assert (ours.code, theirs.code) == (code, code), outcomes
    assert words in ours.text and words in theirs.text
    return ours


def test_clamav_marks_what_is_clean_and_refuses_a_virus(beside, folder):
    both = beside(ClamavMilter(folder / "clamav"))
    mail = _same(both.send(FROM, TO, _text("clean")))
    [scanned] = _fields(mail, "X-Virus-Scanned:")
    assert "scanner.test" in scanned
    assert _fields(mail, "X-Virus-Status:") == ["X-Virus-Status: Clean"]
    outcomes = both.send(FROM, TO, _text(VIRUS))
    _refused(outcomes, 550, "infected with Postern.Test")
    assert outcomes[0].text == outcomes[1].text
    assert both.relay.metric("postern_mta_milter_messages_total", verdict="reply") == 1


def test_clamav_has_a_virus_kept_for_a_person(beside, folder):
    both = beside(ClamavMilter(folder / "clamav", on_infected="Quarantine"))
    for outcome in both.send(FROM, TO, _text(VIRUS), goes_on=False):
        assert outcome.code == 250
    assert both.relay.metric("postern_mta_queue_messages", state="held") == 1
    until(lambda: "milter-hold" in both.postfix.log(), 20, "Postfix's hold")
    assert "milter_quarantine" in both.relay.log()
    assert not both.sink.messages


def test_rspamd_marks_spam_and_refuses_the_worst(beside, folder):
    both = beside(Rspamd(folder / "rspamd"))
    mail = _same(both.send(FROM, TO, _text("clean")))
    assert _fields(mail, "X-Spamd-Result: default: False")
    mail = _same(both.send(FROM, TO, _text(SPAM)))
    assert _fields(mail, "X-Spamd-Result: default: False [7")
    assert _fields(mail, "X-Spam: Yes")
    outcomes = both.send(FROM, TO, _text(WORST_SPAM))
    _refused(outcomes, 554, "Spam message rejected")
    assert outcomes[0].text == outcomes[1].text


def test_spamassassin_marks_spam_and_refuses_the_worst(beside, folder):
    both = beside(SpamassMilter(folder / "spamassassin"))
    mail = _same(both.send(FROM, TO, _text("clean")))
    [status] = _fields(mail, "X-Spam-Status:")
    assert status.startswith("X-Spam-Status: No, score=")
    mail = _same(both.send(FROM, TO, _text(SPAM)))
    assert _fields(mail, "X-Spam-Flag: YES")
    [status] = _fields(mail, "X-Spam-Status:")
    assert status.startswith("X-Spam-Status: Yes, score=") and "MARKED" in status
    outcomes = both.send(FROM, TO, _text(WORST_SPAM))
    _refused(outcomes, 550, "Blocked by SpamAssassin")
    assert outcomes[0].text == outcomes[1].text
