"""Every mechanism of AUTH under TLS, at every listener for our users, with
other people's clients: smtplib, swaks, and SCRAM. MTA-20."""

import shutil
import smtplib
import ssl
import subprocess

import pytest
from kit.certificate import Certificate
from kit.relay import STRANGER, letter
from kit.sasl import SaslDatabase, scram
from kit.smtp_wire import Wire
from kit.waiting import free_port

USER, PASSWORD = "jean", "fr0mage-de-chevre"
SENDER, RECIPIENT = "jean@example.org", "alice@example.org"
MECHANISMS = {"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"}
ROLES = ("submission", "submissions")

pytestmark = pytest.mark.skipif(
    shutil.which("saslpasswd2", path="/usr/sbin:/usr/bin") is None,
    reason="there is no saslpasswd2 here (Debian: sasl2-bin)",
)


class Submission:
    """A relay with a listener of both roles for users."""

    def __init__(self, make_relay, folder):
        certificate = Certificate(folder, "relay.test")
        database = SaslDatabase(folder / "sasl")
        database.add(USER, PASSWORD)
        self.ports = {role: free_port() for role in ROLES}
        self.context = ssl.create_default_context(cafile=certificate.file)
        self.context.check_hostname = False
        listeners = [
            {"listen": f"127.0.0.1:{port}", "role": role}
            for role, port in self.ports.items()
        ]
        self.relay = make_relay(
            {
                "listeners": listeners,
                "smtpd_tls_chain_files": [str(certificate.file)],
                "smtpd_sasl_pwcheck_method": "auxprop",
                "smtpd_sasl_sasldb_path": str(database.path),
                "smtpd_sasl_failure_delay": "0s",
            }
        )

    def client(self, role):
        """smtplib under TLS."""
        place = ("127.0.0.1", self.ports[role], "client.test")
        more = {"timeout": 20, "source_address": (STRANGER, 0)}
        if role == "submissions":
            return smtplib.SMTP_SSL(*place, context=self.context, **more)
        client = smtplib.SMTP(*place, **more)
        client.starttls(context=self.context)
        return client

    def wire(self, role):
        """A bare session under TLS, behind EHLO."""
        wire = Wire(self.ports[role], source=STRANGER)
        if role == "submission":
            wire.hello()
            assert wire.say("STARTTLS").startswith("220")
        wire.secure(self.context, "relay.test")
        if role == "submissions":
            assert wire.reply().startswith("220")
        assert wire.say("EHLO client.test").startswith("250")
        return wire


@pytest.fixture
def submission(make_relay, folder):
    return Submission(make_relay, folder)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_smtplib_logs_in_and_sends(submission, role, mechanism):
    with submission.client(role) as client:
        client.ehlo()
        assert set(client.esmtp_features["auth"].split()) >= MECHANISMS
        client.user, client.password = USER, "wrong"
        way = getattr(client, "auth_" + mechanism.lower().replace("-", "_"))
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            client.auth(mechanism, way)
        assert refused.value.smtp_code == 535
        client.password = PASSWORD
        assert client.auth(mechanism, way)[0] == 235
        assert not client.sendmail(SENDER, RECIPIENT, letter(SENDER, RECIPIENT))
    [message] = submission.relay.mailbox("alice").wait_for(1)
    assert " with ESMTPSA id " in message["Received"]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_scram_proves_both_sides(submission, role, mechanism):
    for password, answer in (("wrong", "535 5.7.8"), (PASSWORD, "235 2.7.0")):
        with submission.wire(role) as wire:
            reply = scram(wire, mechanism, USER, password)
            assert reply.startswith(answer), reply


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5"])
def test_swaks_logs_in(submission, role, mechanism):
    result = subprocess.run(
        ["swaks", "--server", f"127.0.0.1:{submission.ports[role]}"]
        + ["--tls" if role == "submission" else "--tls-on-connect"]
        + ["--auth", mechanism, "--auth-user", USER, "--auth-password", PASSWORD]
        + ["--from", SENDER, "--to", RECIPIENT, "--quit-after", "RCPT"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    output = result.stdout + result.stderr
    if "not available" in output or "can't be supported" in output:
        pytest.skip("swaks lacks a module for TLS or " + mechanism)
    assert result.returncode == 0, output
    assert "235 2.7.0" in output


def test_who_does_not_log_in_sends_nothing(submission):
    for role in ROLES:
        with submission.client(role) as client:
            client.ehlo()
            client.mail(SENDER)
            code, text = client.rcpt(RECIPIENT)
            assert (code, text[:5]) == (554, b"5.7.1"), text
