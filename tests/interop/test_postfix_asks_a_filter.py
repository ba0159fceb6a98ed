"""Debian's Postfix in front of a milter daemon of ours, with each engine: what
the filter wants is what becomes of the mail."""

import smtplib

import pytest
from kit.waiting import until

SETTINGS = """\
smtpd_milters = {filter}
milter_default_action = tempfail
milter_mail_macros = i {{auth_authen}} {{mail_addr}}
smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination
"""


@pytest.fixture(params=["postern", "libmilter"])
def engine(request):
    return request.param


@pytest.fixture
def filterd(engine, make_filterd):
    return make_filterd(engine=engine)


@pytest.fixture
def postfix(make_postfix, filterd):
    return make_postfix(SETTINGS.format(filter=filterd.postfix_name))


def send(postfix, *orders, body="text\r\n", sender="a@sender.test", session=None):
    """The reply to the end of the message."""
    header = "".join(f"X-Do: {order}\r\n" for order in orders)
    content = (
        "Received: by nobody\r\nReceived: by nobody else\r\n"
        f"Subject:  two spaces\r\n{header}\r\n{body}"
    )
    client = session or smtplib.SMTP("127.0.0.1", postfix.port, timeout=20)
    try:
        client.ehlo("client.test")
        client.mail(sender)
        client.rcpt("alice@example.org")
        code, text = client.data(content.encode())
        return code, text.decode()
    finally:
        if session is None:
            client.close()


def received(postfix, *orders, **more):
    """The message as it arrives at alice."""
    assert send(postfix, *orders, **more)[0] == 250
    return postfix.mailbox("alice").wait_for(1)[0]


def test_mail_gets_the_filters_header(postfix, filterd):
    message = received(postfix)
    assert message["X-Seen"] == "yes"
    assert not postfix.log_lines(r"warning: milter|fatal|panic")
    name = "postern_filterd_milter_messages_total"
    assert filterd.metric(name, outcome="accepted") == 1
    assert filterd.metric("postern_filterd_milter_malformed_total") == 0


def test_mail_gets_the_header_over_a_unix_socket(
    make_postfix, make_filterd, engine
):
    filterd = make_filterd(engine=engine, socket_name="filter.sock")
    postfix = make_postfix(SETTINGS.format(filter=filterd.postfix_name))
    assert received(postfix)["X-Seen"] == "yes"


def test_changes_are_made_where_the_filter_wants_them(postfix):
    message = received(
        postfix,
        "insert 0 X-First one",
        "add X-Last last",
        "change Subject 1 new",
        "delete Received 2",
        "sender b@sender.test",
        "add-recipient bob@example.org",
        "body replaced",
    )
    names = [name for name, _ in message.items()]
    # Postfix's own header comes before what filters are shown.
    assert names.index("X-First") < names.index("Subject")
    assert names[-1] == "X-Last"
    assert message["Subject"] == "new"
    assert not any("nobody else" in r for r in message.get_all("Received"))
    assert any("by nobody" in r for r in message.get_all("Received"))
    assert message["Return-Path"] == "<b@sender.test>"
    assert message.get_content().strip() == "replaced"
    postfix.mailbox("bob").wait_for(1)
    assert not postfix.log_lines(r"warning: milter")


def test_a_recipient_is_taken_out(postfix):
    assert send(
        postfix, "delete-recipient alice@example.org",
        "add-recipient bob@example.org",
    )[0] == 250
    postfix.mailbox("bob").wait_for(1)
    assert postfix.mailbox("alice").count() == 0


def test_header_bytes_are_not_touched(postfix):
    assert send(postfix)[0] == 250
    postfix.mailbox("alice").wait_for(1)
    [raw] = postfix.mailbox("alice").raw()
    assert b"\nSubject:  two spaces\n" in raw


@pytest.mark.parametrize(
    "order, code, text",
    [
        ("reject", 550, "5.7.1"),
        ("tempfail", 451, "4.7.1"),
        ("reply 554 5.7.0 100% no, %s", 554, "5.7.0 100% no, %s"),
        ("reply 450 4.2.0 later", 450, "4.2.0 later"),
        ("accept", 250, ""),
    ],
)
def test_the_client_hears_the_verdict(postfix, order, code, text):
    got, said = send(postfix, order)
    assert (got, text in said) == (code, True), said


def test_discarded_mail_is_taken_and_goes_nowhere(postfix):
    assert send(postfix, "discard")[0] == 250
    assert send(postfix)[0] == 250
    assert len(postfix.mailbox("alice").wait_for(1)) == 1


def test_quarantined_mail_is_held(postfix):
    assert send(postfix, "quarantine suspicious")[0] == 250
    until(
        lambda: "!" in postfix.command("postqueue", "-p").stdout,
        10,
        "the mail on hold",
    )


def test_the_filter_knows_who_sends_to_whom(postfix):
    saw = received(postfix, "show")["X-Saw"].split()
    assert "address=127.0.0.1" in saw
    assert "helo=client.test" in saw
    assert "sender=a@sender.test" in saw
    assert "recipient=alice@example.org" in saw
    assert "{mail_addr}=a@sender.test" in saw
    assert "{j}=postfix.test" in saw
    assert any(s.startswith("queue_id=") and len(s) > 12 for s in saw)


def test_large_mail_passes_whole(postfix):
    line = "x" * 70 + "\r\n"
    message = received(postfix, body=line * 20_000)
    assert message.get_content().count("x" * 70) == 20_000
    assert message["X-Seen"] == "yes"


def test_one_session_brings_many_messages(postfix):
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=20) as session:
        for order in ("accept", "reject", "tempfail", "accept"):
            code, _ = send(postfix, order, session=session)
            assert (code == 250) == (order == "accept")
            session.rset()
    assert len(postfix.mailbox("alice").wait_for(2)) == 2


def recipients_said(postfix, *recipients):
    """The reply to each RCPT, and to a message that has the filter show what it
    knows."""
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=20) as session:
        session.ehlo("client.test")
        session.mail("a@sender.test")
        said = [session.rcpt(recipient) for recipient in recipients]
        assert session.data(b"X-Do: show\r\n\r\ntext\r\n")[0] == 250
    return said


def test_a_recipient_that_the_filter_refuses_is_refused_alone(
    make_postfix, make_filterd, engine
):
    filterd = make_filterd(engine=engine, refused_recipients=["bob@example.org"])
    postfix = make_postfix(SETTINGS.format(filter=filterd.postfix_name))
    said = recipients_said(postfix, "bob@example.org", "alice@example.org")
    assert said[0] == (550, b"5.1.1 not by us")
    assert said[1][0] == 250
    [message] = postfix.mailbox("alice").wait_for(1)
    assert "recipient=bob" not in message["X-Saw"]
    assert postfix.mailbox("bob").count() == 0
    assert filterd.metric("postern_filterd_milter_refusals_total", command="rcpt") == 1


def test_the_filter_sees_whom_postfix_refuses(make_postfix, make_filterd, engine):
    filterd = make_filterd(engine=engine, wants_rejected_recipients=True)
    refuses = "check_recipient_access inline:{{{{bob@example.org = 550 5.7.1 not him}}}}"
    settings = SETTINGS.replace("permit_mynetworks", f"{refuses}, permit_mynetworks")
    postfix = make_postfix(settings.format(filter=filterd.postfix_name))
    said = recipients_said(postfix, "bob@example.org", "alice@example.org")
    assert [code for code, _ in said] == [550, 250]
    [message] = postfix.mailbox("alice").wait_for(1)
    saw = " ".join(message["X-Saw"].split())
    rejected = "rejected=bob@example.org why=5.7.1 Recipient address rejected: not him"
    assert rejected in saw
    assert "recipient=alice@example.org" in saw


@pytest.mark.slow
def test_postfix_waits_for_a_filter_that_says_that_it_works(
    make_postfix, make_filterd, engine
):
    filterd = make_filterd(engine=engine, work_time="14s")
    settings = SETTINGS + "milter_content_timeout = 12s\n"
    postfix = make_postfix(settings.format(filter=filterd.postfix_name))
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=40) as session:
        assert send(postfix, session=session)[0] == 250
    assert postfix.mailbox("alice").wait_for(1)[0]["X-Seen"] == "yes"


@pytest.mark.parametrize(
    "on_failure, code", [("accept", 250), ("tempfail", 451), ("reject", 550)]
)
def test_what_cannot_be_decided_is_as_configured(
    make_postfix, make_filterd, engine, on_failure, code
):
    filterd = make_filterd(engine=engine, milter={"on_failure": on_failure})
    postfix = make_postfix(SETTINGS.format(filter=filterd.postfix_name))
    assert send(postfix, "fail")[0] == code
    assert filterd.metric("postern_filterd_milter_failures_total") == 1
