"""Authenticated SMTP: jean's password, saslpasswd2 -u mail.falcot.com -c jean."""

import shutil
import smtplib
import ssl

import pytest
from kit.certificate import Certificate
from kit.relay import STRANGER, letter
from kit.sasl import SaslDatabase
from kit.sink import Sink
from kit.waiting import free_port
from kit.zone import mail_domain

PASSWORD = "fr0mage-de-chevre"
SENDER, ELSEWHERE = "jean@falcot.com", "carol@partner.test"

pytestmark = pytest.mark.skipif(
    shutil.which("saslpasswd2", path="/usr/sbin:/usr/bin") is None,
    reason="there is no saslpasswd2 here (Debian: sasl2-bin)",
)


@pytest.fixture
def context(folder):
    certificate = Certificate(folder, "mail.falcot.com")
    context = ssl.create_default_context(cafile=certificate.file)
    context.check_hostname = False
    return context


@pytest.fixture
def relay(falcot, folder, context):
    database = SaslDatabase(folder / "sasl")
    database.add("jean", PASSWORD, realm="mail.falcot.com")
    certificate = str(folder / "mail.falcot.com.pem")
    port, submission = free_port(), free_port()
    relay = falcot(
        "authenticated_smtp",
        zone=mail_domain("partner.test"),
        put={
            "/etc/sasldb2": str(database.path),
            "/etc/ssl/certs/ssl-cert-snakeoil.pem": certificate,
            "/etc/ssl/private/ssl-cert-snakeoil.key": certificate,
            "[::]:25": f"127.0.0.1:{port}",
            "[::]:587": f"127.0.0.1:{submission}",
        },
        smtpd_sasl_failure_delay="0s",
    )
    relay.port, relay.submission = port, submission
    return relay


def submission(relay):
    return smtplib.SMTP(
        "127.0.0.1", relay.submission, "client.test", 20, (STRANGER, 0)
    )


def test_jean_may_send_anywhere(relay, context):
    with Sink(relay.next_hop_port) as sink:
        with submission(relay) as client:
            client.starttls(context=context)
            assert client.login("jean", PASSWORD)[0] == 235
            assert not client.sendmail(SENDER, ELSEWHERE, letter(SENDER, ELSEWHERE))
        [message] = sink.wait_for(1)
    assert (message.sender, message.recipients) == (SENDER, [ELSEWHERE])
    assert b" with ESMTPSA id " in message.content


def test_a_wrong_password_is_rejected_and_opens_nothing(relay, context):
    with submission(relay) as client:
        client.starttls(context=context)
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            client.login("jean", "wrong")
        assert refused.value.smtp_code == 535
        assert refused.value.smtp_error.startswith(b"5.7.8")
        client.mail(SENDER)
        code, text = client.rcpt(ELSEWHERE)
        assert (code, text[:5]) == (554, b"5.7.1"), text


def test_without_tls_no_password_is_asked_for_and_no_mail_taken(relay):
    with submission(relay) as client:
        client.ehlo()
        assert not client.has_extn("auth")
        code, text = client.mail(SENDER)
        assert (code, text[:5]) == (530, b"5.7.0"), text


def test_port_25_does_not_offer_auth_and_takes_mail_for_our_users(relay, context):
    with relay.client(STRANGER) as client:
        client.starttls(context=context)
        client.ehlo()
        assert not client.has_extn("auth")
        with pytest.raises(smtplib.SMTPNotSupportedError):
            client.login("jean", PASSWORD)
        code, text = client.docmd("AUTH", "PLAIN")
        assert (code, text[:5]) == (503, b"5.5.1"), text
        assert client.mail("someone@sender.test")[0] == 250
        code, text = client.rcpt(ELSEWHERE)
        assert code == 554
        assert text.decode() == f"5.7.1 <{ELSEWHERE}>: Relay access denied"
        assert client.rcpt(SENDER)[0] == 250
