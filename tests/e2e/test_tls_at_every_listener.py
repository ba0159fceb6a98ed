"""STARTTLS and implicit TLS, seen by openssl s_client: MTA-17, MTA-21."""

import smtplib
import socket
import ssl

import pytest
from kit import zone
from kit.certificate import Certificate, SClient
from kit.relay import letter
from kit.sink import Sink
from kit.smtp_wire import Wire
from kit.waiting import free_port, until


class Listeners:
    """A relay with a port of each role and two certificates."""

    def __init__(self, make_relay, folder, **config):
        self.default = Certificate(folder, "mx.example.org")
        self.other = Certificate(folder, "mail.example.com")
        self.submission = free_port()
        self.submissions = free_port()
        self.relay = relay = make_relay(
            start=False, zone=zone.mail_domain("partner.test", "127.0.0.1")
        )
        self.port = relay.port
        relay.config.update(
            {
                "smtpd_tls_chain_files": [str(self.default.file)],
                "tls_server_sni_maps": [
                    f"inline:{{ {{mail.example.com = {self.other.file}}} }}"
                ],
                "smtpd_tls_security_level": "may",
                **config,
            }
        )
        relay.config["listeners"] += [
            {"listen": f"127.0.0.1:{self.submission}", "role": "submission"},
            {"listen": f"127.0.0.1:{self.submissions}", "role": "submissions"},
        ]
        relay.start()

    def ask(self, port, *options, **others):
        return SClient(
            port, *options, starttls=port != self.submissions, **others
        )

    def all(self):
        return (self.port, self.submission, self.submissions)


@pytest.fixture
def listeners(make_relay, folder):
    return Listeners(make_relay, folder)


def test_every_listener_speaks_tls_1_2_and_1_3_and_nothing_older(listeners):
    for port in listeners.all():
        for option, version in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
            answer = listeners.ask(port, option)
            assert answer.version == version, answer.output
        for option in ("-tls1", "-tls1_1"):
            answer = listeners.ask(port, option, "-cipher", "ALL:@SECLEVEL=0")
            assert not answer.succeeded, answer.output


@pytest.mark.parametrize(
    "cipher", ["NULL", "aNULL", "RC4", "3DES", "kRSA", "PSK", "CAMELLIA", "DSS"]
)
def test_weak_ciphers_are_refused(listeners, cipher):
    for port in listeners.all():
        answer = listeners.ask(
            port, "-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0"
        )
        assert not answer.succeeded, answer.output


def test_compression_and_renegotiation_are_off(listeners):
    for port in listeners.all():
        answer = listeners.ask(port, "-tls1_2")
        assert "Compression: NONE" in answer.output
        asked = listeners.ask(port, "-tls1_2", send="R\n", keys=True)
        assert "no renegotiation" in asked.output, asked.output


def test_the_name_that_a_client_asks_for_decides_the_certificate(listeners):
    for port in listeners.all():
        for name, subject in (
            ("mail.example.com", "mail.example.com"),
            ("elsewhere.example", "mx.example.org"),
        ):
            answer = listeners.ask(port, "-servername", name)
            assert answer.subject == subject, answer.output


def test_sessions_are_resumed_but_not_at_another_listener(listeners, folder):
    session = folder / "session"
    for version in ("-tls1_2", "-tls1_3"):
        first = listeners.ask(
            listeners.submissions, version, "-sess_out", session
        )
        assert not first.is_resumed
        again = listeners.ask(listeners.submissions, version, "-sess_in", session)
        assert again.is_resumed, again.output
        elsewhere = listeners.ask(
            listeners.submission, version, "-sess_in", session
        )
        assert elsewhere.succeeded and not elsewhere.is_resumed


def test_a_renewed_certificate_is_used_without_a_restart(listeners):
    """And a broken one is not."""
    relay, port = listeners.relay, listeners.submissions
    ends = "postern_mta_smtpd_tls_certificate_end_timestamp_seconds"
    series = f'{ends}{{listener="127.0.0.1:{port}",name="default"}}'
    before = relay.metrics()[series]
    listeners.default.host = "renewed.example.org"
    listeners.default.write(days=30)
    until(
        lambda: listeners.ask(port).subject == "renewed.example.org",
        20,
        "the renewed certificate",
    )
    assert relay.metrics()[series] > before + 20 * 86400
    listeners.default.file.write_text("not a certificate")
    failed = "postern_mta_reloads_total"
    until(lambda: relay.metric(failed, result="error") > 0, 20, "it noticed")
    until(lambda: "event=reload_failed" in relay.log(), 10)
    assert f"{listeners.default.file}: " in relay.log()
    assert listeners.ask(port).subject == "renewed.example.org"


def test_a_message_arrives_over_tls(make_relay, folder):
    listeners = Listeners(make_relay, folder, smtpd_tls_received_header=True)
    trust = ssl.create_default_context(cafile=str(listeners.default.file))
    trust.check_hostname = False
    with smtplib.SMTP("127.0.0.1", listeners.port, timeout=20) as client:
        client.starttls(context=trust)
        client.sendmail("a@sender.test", ["alice@example.org"], letter())
    mailbox = listeners.relay.mailbox("alice")
    until(lambda: mailbox.count() == 1, 20, "the message")
    received = mailbox.messages()[0]["Received"]
    assert "with ESMTPS" in received
    assert "using TLSv1.3 with cipher" in received


def test_where_tls_is_a_must_there_is_no_mail_without(listeners):
    with Wire(listeners.submission) as wire:
        assert "STARTTLS" in wire.hello()
        assert wire.say("MAIL FROM:<a@sender.test>").startswith("530 5.7.0")


def test_commands_behind_starttls_are_not_obeyed(listeners):
    """MTA-17: CVE-2011-0411."""
    with Wire(listeners.port) as wire:
        wire.hello()
        wire.send("STARTTLS\r\nMAIL FROM:<evil@sender.test>\r\n")
        assert wire.reply().startswith("554 5.5.0")
        assert wire.is_closed()


def test_a_policy_service_is_told_the_fingerprint(make_relay, folder):
    """And a client without a certificate is served all the same."""
    listeners = Listeners(make_relay, folder, smtpd_tls_ask_ccert=True)
    client = Certificate(folder, "client.example")
    answer = listeners.ask(
        listeners.submissions, "-cert", client.file, "-key", client.file
    )
    assert answer.succeeded, answer.output
    until(lambda: client.fingerprint() in listeners.relay.log(), 10)
    assert listeners.ask(listeners.submissions).succeeded


def test_a_session_that_is_ended_hears_why_and_then_the_end_of_tls(listeners):
    context = ssl.create_default_context(cafile=listeners.default.file)
    raw = socket.create_connection(("127.0.0.1", listeners.submissions), timeout=20)
    # Without ragged ends: an EOF that close_notify does not announce raises.
    with context.wrap_socket(
        raw, server_hostname="mx.example.org", suppress_ragged_eofs=False
    ) as client:
        replies = client.makefile("rb")
        assert replies.readline().startswith(b"220 ")
        listeners.relay.process.terminate()
        assert replies.readline().startswith(b"421 4.3.2 ")
        assert client.recv(1) == b""
    assert listeners.relay.wait() == 0


def test_requiretls_is_taken_under_tls_alone_and_never_given_up(listeners):
    """RFC 8689: the next hop has no TLS, so the mail comes back unsent."""
    context = ssl.create_default_context(cafile=listeners.default.file)
    context.check_hostname = False
    with smtplib.SMTP("127.0.0.1", listeners.port, timeout=20) as client:
        client.ehlo()
        assert not client.has_extn("requiretls")
        assert client.mail("alice@example.org", ["REQUIRETLS"])[0] == 555
    with Sink(listeners.relay.next_hop_port) as sink:
        with smtplib.SMTP("127.0.0.1", listeners.port, timeout=20) as client:
            client.starttls(context=context)
            client.ehlo()
            assert client.has_extn("requiretls")
            client.sendmail(
                "alice@example.org",
                ["carol@partner.test"],
                letter(subject="for nobody else"),
                mail_options=["REQUIRETLS"],
            )
        [report] = listeners.relay.mailbox("alice").wait_for(1)
        assert "5.7.30" in report.as_string()
        assert sink.messages == []
