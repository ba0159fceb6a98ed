"""Our relay and a real Postfix as the next hop: smtp_tls_security_level and
smtp_tls_policy_maps."""

import pytest
from kit.certificate import Certificate
from kit.waiting import until

HOST, OTHER = "mail.partner.test", "other.partner.test"
ZONE = [f"{name}. 300 IN A 127.0.0.1" for name in (HOST, OTHER)]


@pytest.fixture
def certificate(folder):
    return Certificate(folder, HOST)


@pytest.fixture
def secured(make_postfix, certificate):
    return make_postfix(
        "smtpd_tls_security_level = may\n"
        "smtpd_tls_received_header = yes\n"
        f"smtpd_tls_chain_files = {certificate.file}\n"
    )


@pytest.fixture
def send_to(make_relay, certificate):
    """Sends a message to `host`, at the port of `postfix`; returns the relay."""

    def send(postfix, level, host=HOST, **settings):
        relay = make_relay(
            {
                "relayhost": f"[{host}]:{postfix.port}",
                "virtual_mailbox_domains": [],
                "virtual_mailbox_maps": [],
                "smtp_tls_security_level": level,
                "smtp_tls_CAfile": str(certificate.file),
                **settings,
            },
            zone=ZONE,
        )
        assert relay.send("a@sender.test", "alice@example.org")[0] == 250
        return relay

    return send


@pytest.mark.parametrize("level", ["may", "encrypt", "verify"])
def test_postfix_gets_the_mail_under_tls(send_to, secured, level):
    relay = send_to(secured, level)
    [message] = secured.mailbox("alice").wait_for(1)
    assert "(using TLSv1.3 with cipher" in message.get_all("Received")[0]
    result = "verified" if level == "verify" else "encrypted"
    assert relay.metric("postern_mta_smtp_tls_total", result=result) == 1


def test_without_tls_it_goes_in_the_clear_or_waits(send_to, make_postfix):
    postfix = make_postfix()
    relay = send_to(postfix, "may")
    postfix.mailbox("alice").wait_for(1)
    assert relay.metric("postern_mta_smtp_tls_total", result="none") == 1
    waiting = send_to(postfix, "encrypt")
    until(lambda: "TLS is required, but was not offered" in waiting.log(), 10)
    assert postfix.mailbox("alice").count() == 1


def test_a_certificate_of_another_host_is_no_hindrance_unless_it_counts(
    send_to, secured
):
    send_to(secured, "encrypt", OTHER)
    secured.mailbox("alice").wait_for(1)
    waiting = send_to(secured, "verify", OTHER)
    until(lambda: "hostname mismatch" in waiting.log(), 10)
    assert secured.mailbox("alice").count() == 1


def test_an_entry_of_the_policy_maps_decides_for_its_next_hop(send_to, secured):
    hop = f"[{OTHER}]:{secured.port}"

    def policy(text):
        return [f"inline:{{{{{hop} = {text}}}}}"]

    send_to(
        secured, "none", OTHER, smtp_tls_policy_maps=policy(f"secure match={HOST}")
    )
    [message] = secured.mailbox("alice").wait_for(1)
    assert "(using TLSv1.3 with cipher" in message.get_all("Received")[0]
    waiting = send_to(secured, "none", OTHER, smtp_tls_policy_maps=policy("secure"))
    until(lambda: "hostname mismatch" in waiting.log(), 10)
    assert secured.mailbox("alice").count() == 1


def test_the_next_connection_goes_on_with_the_session(send_to, secured):
    relay = send_to(
        secured,
        "verify",
        smtp={"connection_cache_time_limit": "0s"},
        smtp_tls_protocols="TLSv1.3",
    )
    secured.mailbox("alice").wait_for(1)
    assert relay.send("a@sender.test", "alice@example.org")[0] == 250
    secured.mailbox("alice").wait_for(2)
    assert relay.metric("postern_mta_smtp_tls_resumed_total") == 1
    assert "resumed=yes" in relay.log()
