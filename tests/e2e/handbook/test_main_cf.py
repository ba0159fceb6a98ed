"""The first main.cf of a server: its names, its users and its networks."""

import contextlib
import ssl

import pytest
from kit.certificate import Certificate
from kit.maildir import Maildir
from kit.relay import letter
from kit.sink import Sink
from kit.smtp_wire import Wire
from kit.zone import mail_domain, ptr

STRANGER, COLLEAGUE = "203.0.113.9", "192.168.1.7"
SENDER, ELSEWHERE = "someone@sender.test", "carol@partner.test"
NAMES = ("mail.falcot.com", "falcot.com", "localhost.localdomain", "localhost")
ZONE = [
    *mail_domain("partner.test"),
    ptr(STRANGER, "x.sender.test"),
    ptr(COLLEAGUE, "pc.falcot.com"),
]


@pytest.fixture
def certificate(folder):
    return Certificate(folder, "mail.falcot.com")


@pytest.fixture
def relay(falcot, folder, certificate):
    etc = folder / "etc"
    (folder / "boxes").mkdir()
    return falcot(
        "main_cf",
        zone=ZONE,
        put={
            "/etc/aliases": str(etc / "aliases"),
            "/etc/mailname": str(etc / "mailname"),
            "/etc/ssl/certs/ssl-cert-snakeoil.pem": str(certificate.file),
            "/etc/ssl/private/ssl-cert-snakeoil.key": str(certificate.file),
        },
        # The excerpt trusts all of loopback: others are told of by a proxy.
        smtpd_authorized_xclient_hosts=["127.0.0.1"],
        mail_spool_directory=f"{folder}/boxes/",
        virtual_mailbox_domains=[],
        virtual_mailbox_maps=[],
    )


@pytest.fixture
def box(folder):
    """The mailbox of root, the one user that every machine has."""
    return Maildir(folder / "boxes" / "root")


@contextlib.contextmanager
def client_at(relay, address):
    with relay.client() as client:
        client.ehlo()
        assert client.docmd("XCLIENT", f"ADDR={address}")[0] == 220
        client.ehlo()
        yield client


def answer(relay, address, recipient):
    with client_at(relay, address) as client:
        assert client.mail(SENDER)[0] == 250
        code, text = client.rcpt(recipient)
        return code, text.decode()


def test_the_greeting_is_the_banner_and_the_answer_to_ehlo_has_its_name(relay):
    with Wire(relay.port) as wire:
        assert wire.reply() == "220 mail.falcot.com ESMTP Postern (Debian/GNU)"
        assert wire.say("EHLO c.test").splitlines()[0] == "250-mail.falcot.com"


@pytest.mark.parametrize("name", NAMES)
def test_mail_for_each_name_of_the_machine_reaches_its_users(relay, box, name):
    recipients = [f"root+list@{name}", f"webmaster@{name}"]
    with client_at(relay, STRANGER) as client:
        assert not client.sendmail(SENDER, recipients, letter(SENDER, recipients[0]))
    messages = box.wait_for(2)
    assert sorted(x["X-Original-To"] for x in messages) == recipients


def test_who_is_neither_user_nor_alias_does_not_exist(relay):
    assert answer(relay, STRANGER, "no-such-user@falcot.com") == (
        550,
        "5.1.1 <no-such-user@falcot.com>: Recipient address rejected: "
        "User unknown in local recipient table",
    )


def test_strangers_may_not_send_elsewhere(relay):
    assert answer(relay, STRANGER, ELSEWHERE) == (
        454,
        f"4.7.1 <{ELSEWHERE}>: Relay access denied",
    )


@pytest.mark.parametrize("address", [COLLEAGUE, "127.0.0.5", "IPv6:::1"])
def test_our_networks_may_send_anywhere_and_no_relayhost_is_between(relay, address):
    with Sink(relay.next_hop_port) as sink:
        with client_at(relay, address) as client:
            assert not client.sendmail(SENDER, ELSEWHERE, letter(SENDER, ELSEWHERE))
        [message] = sink.wait_for(1)
        assert message.recipients == [ELSEWHERE]


def test_a_name_without_domain_gets_myorigin_and_a_host_without_dot_nothing(relay):
    content = b"From: Root <root>\r\nTo: carol@partner\r\n\r\ntext\r\n"
    with Sink(relay.next_hop_port) as sink:
        assert relay.send(SENDER, ELSEWHERE, content=content)[0] == 250
        [message] = sink.wait_for(1)
    assert b"From: Root <root@falcot.com>\r\n" in message.content
    assert b"To: carol@partner\r\n" in message.content


def test_clients_may_use_tls_and_need_not(relay, box, certificate):
    assert relay.send(SENDER, "root@falcot.com")[0] == 250
    context = ssl.create_default_context(cafile=certificate.file)
    context.check_hostname = False
    with relay.client() as client:
        client.starttls(context=context)
        client.sendmail(SENDER, "root@falcot.com", letter(SENDER, "root@falcot.com"))
    received = [x["Received"] for x in box.wait_for(2)]
    assert sum(" with ESMTPS id " in x for x in received) == 1
