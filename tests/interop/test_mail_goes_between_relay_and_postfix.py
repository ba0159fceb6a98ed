"""Our relay delivers into a real Postfix; Postfix's client and swaks send to
our relay."""

import subprocess

import pytest
from kit.relay import STRANGER, letter


def test_our_relay_delivers_into_postfix(make_relay, make_postfix):
    postfix = make_postfix()
    relay = make_relay(
        {
            "relayhost": f"[127.0.0.1]:{postfix.port}",
            "virtual_mailbox_domains": [],
            "virtual_mailbox_maps": [],
        }
    )
    code, text = relay.send("a@sender.test", ["alice@example.org",
                                              "bob@example.org"])
    assert code == 250, text
    [for_alice] = postfix.mailbox("alice").wait_for(1)
    [for_bob] = postfix.mailbox("bob").wait_for(1)
    assert for_alice.get_content().startswith("A line.\n.A line that starts")
    assert for_bob["Subject"] == "hello"
    assert len(for_alice.get_all("Received")) == 2
    relay.wait_for_empty_queue()


def test_what_postfix_refuses_comes_back_as_a_bounce(make_relay, make_postfix):
    postfix = make_postfix()
    relay = make_relay(
        {
            "relayhost": f"[127.0.0.1]:{postfix.port}",
            "virtual_mailbox_domains": ["sender.test"],
            "virtual_mailbox_maps": ["inline:{a@sender.test=a/}"],
        }
    )
    relay.send("a@sender.test", "nobody@example.org")
    from kit.maildir import Maildir

    [bounce] = Maildir(relay.folder / "mail" / "a").wait_for(1)
    assert "User unknown" in bounce.as_string()


def test_postfix_delivers_through_our_relay(make_relay, make_postfix):
    relay = make_relay()
    postfix = make_postfix(
        f"relayhost = [127.0.0.1]:{relay.port}\n"
        "virtual_mailbox_domains =\nvirtual_mailbox_maps =\n"
        "smtp_tls_security_level = none\n"
    )
    import smtplib

    with smtplib.SMTP("127.0.0.1", postfix.port) as client:
        client.sendmail("a@sender.test", ["alice@example.org"], letter())
    [message] = relay.mailbox("alice").wait_for(1)
    assert "by relay.test" in message.get_all("Received")[0]
    assert "by postfix.test" in message.get_all("Received")[1]
    assert "status=sent (250 2.0.0" in postfix.log()


def test_postfix_tells_our_relay_where_a_message_comes_from(
    make_relay, make_postfix
):
    """XFORWARD, and the parameters of DSN and SMTPUTF8, as Postfix says them."""
    relay = make_relay({"smtpd_authorized_xforward_hosts": ["127.0.0.1"]})
    postfix = make_postfix(
        f"relayhost = [127.0.0.1]:{relay.port}\n"
        "virtual_mailbox_domains =\nvirtual_mailbox_maps =\n"
        "smtp_tls_security_level = none\nsmtp_send_xforward_command = yes\n"
    )
    import smtplib

    with smtplib.SMTP("127.0.0.1", postfix.port, "orig.test") as client:
        client.ehlo()
        client.sendmail(
            "\u00e9@sender.test",
            ["alice@example.org"],
            letter(),
            mail_options=["SMTPUTF8", "RET=HDRS", "ENVID=x+2By"],
            rcpt_options=["NOTIFY=FAILURE", "ORCPT=rfc822;Al@example.org"],
        )
    [message] = relay.mailbox("alice").wait_for(1)
    assert "with UTF8SMTP id" in message.get_all("Received")[0]
    [line] = [x for x in relay.log().splitlines() if "event=forwarded" in x]
    assert "orig_client=127.0.0.1" in line and "orig_helo=orig.test" in line


@pytest.mark.parametrize("size", [100, 100_000])
def test_smtp_source_sends_many_messages_at_once(make_relay, size):
    relay = make_relay()
    sent = subprocess.run(
        ["smtp-source", "-s", "20", "-m", "200", "-l", str(size)]
        + ["-f", "a@sender.test", "-t", "alice@example.org"]
        + [f"127.0.0.1:{relay.port}"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (sent.returncode, sent.stderr) == (0, "")
    relay.mailbox("alice").wait_for(200, timeout=60)
    assert relay.mailbox("alice").count() == 200


def test_swaks_sees_a_correct_server(make_relay):
    relay = make_relay()
    sent = subprocess.run(
        ["swaks", "--server", f"127.0.0.1:{relay.port}"]
        + ["--from", "a@sender.test", "--to", "alice@example.org,bob@example.org"]
        + ["--pipeline", "--body", "from swaks"],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert sent.returncode == 0, sent.stdout
    [message] = relay.mailbox("alice").wait_for(1)
    assert message.get_content().strip() == "from swaks"
    relay.mailbox("bob").wait_for(1)


def test_swaks_is_told_that_a_stranger_may_not_relay(make_relay):
    relay = make_relay()
    sent = subprocess.run(
        ["swaks", "--server", f"127.0.0.1:{relay.port}"]
        + ["--local-interface", STRANGER]
        + ["--from", "a@sender.test", "--to", "carol@partner.test"],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert sent.returncode == 24, sent.stdout
    assert "<** 554 5.7.1" in sent.stdout


def send_with_dsn(port, recipient, mail, rcpt):
    import smtplib

    with smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        assert client.mail("a@sender.test", mail)[0] == 250
        assert client.rcpt(recipient, rcpt)[0] == 250
        assert client.data(letter())[0] == 250


def reports_at(relay, count=1):
    from kit.maildir import Maildir

    return Maildir(relay.folder / "mail" / "a").wait_for(count, timeout=40)


def relay_for_sender(make_relay, **config):
    return make_relay(
        {
            "virtual_mailbox_domains": ["sender.test"],
            "virtual_mailbox_maps": ["inline:{a@sender.test=a/}"],
        }
        | config
    )


def test_postfix_reports_what_our_relay_passed_on(make_relay, make_postfix):
    """Postfix knows DSN: it reports in the sender's words, we stay silent."""
    from kit.waiting import free_port

    back = free_port()
    postfix = make_postfix(f"relayhost = [127.0.0.1]:{back}\n")
    relay = relay_for_sender(
        make_relay,
        relayhost=f"[127.0.0.1]:{postfix.port}",
        listeners=[{"listen": f"127.0.0.1:{back}"}],
    )
    send_with_dsn(
        back,
        "alice@example.org",
        ["RET=HDRS", "ENVID=QQ314159"],
        ["NOTIFY=SUCCESS", "ORCPT=rfc822;first@example.org"],
    )
    [report] = reports_at(relay)
    message, alice = report.get_payload()[1].get_payload()[:2]
    assert message["Reporting-MTA"] == "dns; postfix.test"
    assert message["Original-Envelope-Id"] == "QQ314159"
    assert alice["Original-Recipient"].replace(" ", "") == (
        "rfc822;first@example.org"
    )
    assert alice["Action"] == "delivered"
    postfix.mailbox("alice").wait_for(1)


def test_our_relay_reports_what_postfix_passed_on(make_relay, make_postfix):
    relay = relay_for_sender(
        make_relay,
        virtual_mailbox_domains=["sender.test", "example.org"],
        virtual_mailbox_maps=[
            "inline:{a@sender.test=a/, alice@example.org=alice/}"
        ],
    )
    postfix = make_postfix(
        f"relayhost = [127.0.0.1]:{relay.port}\n"
        "virtual_mailbox_domains =\nvirtual_mailbox_maps =\n"
    )
    send_with_dsn(
        postfix.port,
        "alice@example.org",
        ["RET=HDRS", "ENVID=QQ314159"],
        ["NOTIFY=SUCCESS", "ORCPT=rfc822;first@example.org"],
    )
    [report] = reports_at(relay)
    message, alice = report.get_payload()[1].get_payload()[:2]
    assert message["Reporting-MTA"] == "dns; relay.test"
    assert message["Original-Envelope-Id"] == "QQ314159"
    assert alice["Original-Recipient"] == "rfc822; first@example.org"
    assert alice["Action"] == "delivered"


def test_postfix_takes_utf8_mail_from_our_relay(make_relay, make_postfix):
    postfix = make_postfix(
        "smtputf8_enable = yes\n"
        "virtual_mailbox_maps = static:utf8/\n"
    )
    relay = make_relay(
        {
            "relayhost": f"[127.0.0.1]:{postfix.port}",
            "virtual_mailbox_domains": [],
            "virtual_mailbox_maps": [],
        }
    )
    with relay.client() as client:
        client.ehlo()
        client.command_encoding = "utf-8"
        assert client.mail("a@sender.test", ["SMTPUTF8"])[0] == 250
        assert client.rcpt("j\u00f6rg@example.org")[0] == 250
        content = "Subject: caf\u00e9\r\n\r\nbody\r\n"
        assert client.data(content.encode())[0] == 250
    postfix.mailbox("utf8").wait_for(1)
    [raw] = postfix.mailbox("utf8").raw()
    assert "Subject: café".encode() in raw
    assert "Delivered-To: jörg@example.org".encode() in raw
