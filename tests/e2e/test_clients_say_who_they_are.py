"""AUTH with other people's clients: smtplib, swaks; sasldb2 and saslauthd.
MTA-20, MTA-40."""

import shutil
import smtplib
import subprocess

import pytest
from kit.relay import STRANGER, letter
from kit.sasl import SaslDatabase, Saslauthd, plain, scram, to_base64
from kit.smtp_wire import Wire
from kit.waiting import until

PASSWORD = "fr0mage-de-chevre"

pytestmark = pytest.mark.skipif(
    shutil.which("saslpasswd2", path="/usr/sbin:/usr/bin") is None,
    reason="there is no saslpasswd2 here (Debian: sasl2-bin)",
)


def in_the_clear(database, **more):
    """What a relay needs so that jean can log in without TLS."""
    return {
        "smtpd_sasl_auth_enable": True,
        "smtpd_sasl_pwcheck_method": "auxprop",
        "smtpd_sasl_sasldb_path": str(database.path),
        "smtpd_tls_auth_only": False,
        "smtpd_sasl_failure_delay": "0s",
        **more,
    }


@pytest.fixture
def database(folder):
    database = SaslDatabase(folder / "sasl")
    database.add("jean", PASSWORD)
    return database


@pytest.fixture
def relay(make_relay, database):
    return make_relay(in_the_clear(database))


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_smtplib_logs_in(relay, mechanism):
    with relay.client(STRANGER) as client:
        client.ehlo()
        assert mechanism in client.esmtp_features["auth"].split()
        client.user, client.password = "jean", PASSWORD
        way = getattr(client, "auth_" + mechanism.lower().replace("-", "_"))
        code, _ = client.auth(mechanism, way)
        assert code == 235
        client.sendmail(
            "jean@example.org", "alice@example.org", letter("jean@example.org")
        )
    (mail,) = relay.mailbox("alice").wait_for(1)
    assert " with ESMTPA id " in mail["Received"]
    assert "Authenticated sender" not in mail["Received"]


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_scram_proves_both_sides(relay, mechanism):
    with Wire(relay.port, source=STRANGER) as wire:
        wire.hello()
        assert scram(wire, mechanism, "jean", PASSWORD).startswith("235 2.7.0")
    with Wire(relay.port, source=STRANGER) as wire:
        wire.hello()
        assert scram(wire, mechanism, "jean", "wrong").startswith("535 5.7.8")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5"])
def test_swaks_logs_in(relay, mechanism):
    result = subprocess.run(
        ["swaks", "--server", f"127.0.0.1:{relay.port}", "--auth", mechanism]
        + ["--auth-user", "jean", "--auth-password", PASSWORD]
        + ["--from", "jean@example.org", "--to", "alice@example.org"]
        + ["--quit-after", "RCPT"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "not available" in result.stderr or "can't be supported" in result.stdout:
        pytest.skip("swaks lacks a module for " + mechanism)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "235 2.7.0" in result.stdout


def test_nothing_is_offered_or_taken_in_the_clear_by_default(make_relay, database):
    """MTA-20."""
    config = in_the_clear(database)
    del config["smtpd_tls_auth_only"]
    relay = make_relay(config)
    with Wire(relay.port) as wire:
        assert "AUTH" not in wire.hello()
        reply = wire.say("AUTH PLAIN " + plain("jean", PASSWORD))
        assert reply.startswith("538 5.7.11"), reply
        assert wire.say("MAIL FROM:<a@sender.test>").startswith("250")


def test_no_password_is_ever_logged(make_relay, database):
    """MTA-20: at the most talkative, whether it was right or wrong."""
    relay = make_relay(in_the_clear(database, daemon={"log": {"level": "debug"}}))
    secrets = [PASSWORD, "an0ther-secret"]
    with Wire(relay.port, source=STRANGER) as wire:
        wire.hello()
        for password in reversed(secrets):
            wire.say("AUTH LOGIN")
            wire.say(to_base64("jean"))
            wire.say(to_base64(password))
        wire.say("AUTH PLAIN " + plain("jean", PASSWORD))
        wire.say(plain("jean", PASSWORD))
    until(lambda: "event=authenticated" in relay.log(), what="the log")
    log = relay.log()
    assert "username=jean" in log and "event=auth_failed" in log
    for password in secrets:
        for form in (password, to_base64(password), plain("jean", password)):
            assert form not in log


def test_failures_are_counted_and_end_the_session(make_relay, database):
    """MTA-40."""
    relay = make_relay(in_the_clear(database, smtpd_sasl_failure_limit=3))
    with Wire(relay.port, source=STRANGER) as wire:
        wire.hello()
        for _ in range(2):
            reply = wire.say("AUTH PLAIN " + plain("jean", "wrong"))
            assert reply.startswith("535 5.7.8"), reply
        reply = wire.say("AUTH PLAIN " + plain("jean", "wrong"))
        assert reply.startswith("421 4.7.0"), reply
        assert wire.is_closed()
    name = "postern_mta_smtpd_auth_total"
    assert relay.metric(name, mechanism="PLAIN", result="rejected") == 3


def test_saslauthd_is_asked(folder, make_relay):
    saslauthd = Saslauthd(folder / "saslauthd", [("sophie", "n0m-de-passe")])
    saslauthd.start()
    try:
        relay = make_relay(
            {
                "smtpd_sasl_auth_enable": True,
                "smtpd_sasl_pwcheck_method": "saslauthd",
                "smtpd_sasl_saslauthd_path": str(saslauthd.path),
                "smtpd_tls_auth_only": False,
                "smtpd_sasl_failure_delay": "0s",
                "smtpd_sasl_authenticated_header": True,
            }
        )
        with relay.client(STRANGER) as client:
            client.ehlo()
            assert set(client.esmtp_features["auth"].split()) == {"PLAIN", "LOGIN"}
            with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
                client.login("sophie", "wrong")
            assert refused.value.smtp_code == 535
            client.login("sophie", "n0m-de-passe")
            client.sendmail("s@example.org", "bob@example.org", letter("s@example.org"))
        (mail,) = relay.mailbox("bob").wait_for(1)
        assert "(Authenticated sender: sophie)" in mail["Received"]
    finally:
        saslauthd.stop()
    with Wire(relay.port, source=STRANGER) as wire:
        wire.hello()
        reply = wire.say("AUTH PLAIN " + plain("sophie", "n0m-de-passe"))
        assert reply.startswith("454 4.7.0"), "saslauthd is gone"


def test_a_file_of_cyrus_sasl_counts_where_the_configuration_is_silent(
    folder, make_relay, database
):
    settings = folder / "cyrus"
    settings.mkdir()
    (settings / "postern.conf").write_text(
        f"pwcheck_method: auxprop\nsasldb_path: {database.path}\nmech_list: LOGIN\n"
    )
    relay = make_relay(
        {
            "smtpd_sasl_auth_enable": True,
            "smtpd_sasl_path": "postern",
            "cyrus_sasl_config_path": str(settings),
            "smtpd_tls_auth_only": False,
        }
    )
    with relay.client(STRANGER) as client:
        client.ehlo()
        assert client.esmtp_features["auth"].split() == ["LOGIN"]
        client.login("jean", PASSWORD)
