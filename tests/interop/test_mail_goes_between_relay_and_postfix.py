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
