"""A real Exim and a real OpenSMTPD as the next hop: what we send arrives there as
it was, with and without PIPELINING, 8BITMIME and SMTPUTF8. Exim gets it under
TLS; that of Debian 12's OpenSMTPD breaks off with every key, so it gets the mail
without, as any next hop does whose STARTTLS is broken."""

import os
import subprocess

import pytest
from kit.certificate import Certificate
from kit.unpacked import Exim, OpenSmtpd, unpack
from kit.waiting import until

HOST = "mail.partner.test"
ZONE = [f"{HOST}. 300 IN A 127.0.0.1"]

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root has mount namespaces"
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    try:
        return unpack(tmp_path_factory.mktemp("unpacked"))
    except subprocess.CalledProcessError as error:
        pytest.skip(f"Debian's archive cannot be reached: {error.stderr[-200:]}")


@pytest.fixture(params=[Exim, OpenSmtpd], ids=["exim", "opensmtpd"])
def server(request, root, folder):
    certificate = Certificate(folder, HOST)
    with request.param(root, folder / "server", certificate) as server:
        yield server


@pytest.fixture
def relay(make_relay, folder, server):
    return make_relay(
        {
            "relayhost": f"[{HOST}]:{server.port}",
            "virtual_mailbox_domains": ["here.test"],
            "virtual_mailbox_maps": ["inline:{bob@here.test=bob/}"],
            "smtp_tls_security_level": "verify" if is_exim(server) else "may",
            "smtp_tls_CAfile": str(folder / f"{HOST}.pem"),
        },
        zone=ZONE,
    )


def is_exim(server):
    return isinstance(server, Exim)


def body_of(message):
    return message.get_payload(decode=True)


def send(relay, content, to="alice@example.org", **options):
    """Sends bytes as they are, and waits until they have left."""
    with relay.client() as client:
        client.ehlo()
        assert client.mail("bob@here.test", **options)[0] == 250
        for one in [to] if isinstance(to, str) else to:
            assert client.rcpt(one)[0] == 250
        assert client.data(content)[0] == 250


HEADER = b"From: <a@sender.test>\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n"


def test_lines_arrive_as_they_were(relay, server):
    lines = [b".", b"..", b". a", b"x" * 998, b"", b".end"]
    send(relay, HEADER + b"\r\n" + b"\r\n".join(lines) + b"\r\n")
    [message] = server.mailbox("alice").wait_for(1)
    assert body_of(message) == b"\n".join(lines) + b"\n"
    tls = "verified" if is_exim(server) else "failed"
    assert relay.metric("postern_mta_smtp_tls_total", result=tls) == 1


def test_eight_bits_arrive_as_they_were(relay, server):
    text = "Grüße aus Köln\n".encode()
    send(
        relay,
        HEADER + b"Content-Transfer-Encoding: 8bit\r\n\r\n" + text.replace(b"\n", b"\r\n"),
        options=["BODY=8BITMIME"],
    )
    [message] = server.mailbox("alice").wait_for(1)
    assert body_of(message) == text


def test_a_refused_recipient_does_not_keep_the_others(relay, server):
    to = ["alice@example.org", "refused@example.org", "bob@example.org"]
    send(relay, HEADER + b"\r\nhello\r\n", to)
    server.mailbox("alice").wait_for(1)
    server.mailbox("bob").wait_for(1)
    relay.wait_for_empty_queue()
    lines = [x for x in relay.log().splitlines() if "event=delivery" in x]
    of_refused = [x for x in lines if "to=refused@example.org" in x]
    assert len(of_refused) == 1 and "status=bounced" in of_refused[0]
    assert [server.mailbox(user).count() for user in ("alice", "bob")] == [1, 1]


def test_many_messages_go_over_few_connections(relay, server):
    for number in range(20):
        send(relay, HEADER + b"\r\nmessage %d\r\n" % number)
    messages = server.mailbox("alice").wait_for(20)
    assert {body_of(m) for m in messages} == {
        b"message %d\n" % number for number in range(20)
    }


def test_smtputf8_goes_where_it_is_offered(relay, server):
    with relay.client() as client:
        client.ehlo()
        assert client.docmd("MAIL FROM:<bob@here.test> SMTPUTF8")[0] == 250
        client.command_encoding = "utf-8"
        assert client.docmd("RCPT TO:<älice@example.org>")[0] == 250
        assert client.data(HEADER + b"\r\nhello\r\n")[0] == 250
    if is_exim(server):
        server.mailbox("älice").wait_for(1)
    else:
        until(lambda: "dsn=5.6.7 status=bounced" in relay.log(), 10)
