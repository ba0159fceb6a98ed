"""A real Postfix as the smarthost that takes mail of those it knows: by Cyrus
SASL or by Dovecot, by every mechanism, under STARTTLS or from the first byte."""

import shutil

import pytest
from kit.certificate import Certificate
from kit.dovecot import Dovecot
from kit.sasl import SaslDatabase
from kit.waiting import until

HOST = "mail.isp.test"
ZONE = [f"{HOST}. 300 IN A 127.0.0.1"]
MECHANISMS = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"]

pytestmark = pytest.mark.skipif(
    shutil.which("saslpasswd2", path="/usr/sbin:/usr/bin") is None,
    reason="there is no saslpasswd2 here (Debian: sasl2-bin)",
)


@pytest.fixture
def certificate(folder):
    return Certificate(folder, HOST)


@pytest.fixture
def smarthost(folder, make_postfix, certificate):
    """Starts a Postfix that takes mail only of who has a password: jean, and
    sophie."""
    database = SaslDatabase(folder / "sasl")
    for user in ("jean", "sophie"):
        database.add(user, f"secret of {user}", realm=HOST)
    database.path.chmod(0o644)

    def start(mechanisms="PLAIN", settings=""):
        postfix = make_postfix(
            "smtpd_sasl_auth_enable = yes\n"
            f"smtpd_sasl_local_domain = {HOST}\n"
            "smtpd_sasl_authenticated_header = yes\n"
            "smtpd_recipient_restrictions = permit_sasl_authenticated, reject\n"
            "smtpd_tls_security_level = may\nsmtpd_tls_auth_only = yes\n"
            f"smtpd_tls_chain_files = {certificate.file}\n" + settings,
            start=False,
        )
        place = postfix.folder / "etc" / "sasl"
        place.mkdir()
        (place / "smtpd.conf").write_text(
            "pwcheck_method: auxprop\nauxprop_plugin: sasldb\n"
            f"sasldb_path: {database.path}\nmech_list: {mechanisms}\n"
        )
        return postfix.start()

    return start


@pytest.fixture
def send(make_relay, folder, certificate):
    """Sends a message by way of `postfix`; `passwords` are lines of the table.
    Returns the relay."""

    def send(postfix, passwords=None, sender="a@sender.test", smtp=None, **settings):
        hop = f"[{HOST}]:{postfix.port}"
        table = folder / "sasl_passwd"
        table.write_text(passwords or f"{hop} jean:secret of jean\n")
        table.chmod(0o600)
        relay = make_relay(
            {
                "relayhost": hop,
                "virtual_mailbox_domains": [],
                "virtual_mailbox_maps": [],
                "smtp_tls_security_level": "secure",
                "smtp_tls_CAfile": str(certificate.file),
                "smtp": {
                    "smtp_sasl_auth_enable": True,
                    "smtp_sasl_password_maps": [f"hash:{table}"],
                    **(smtp or {}),
                },
                **settings,
            },
            zone=ZONE,
        )
        assert relay.send(sender, "alice@example.org")[0] == 250
        return relay

    return send


def login_of(message):
    """Who the smarthost says it got the message from."""
    received = " ".join(message.get_all("Received")[0].split())
    _, _, rest = received.partition("(Authenticated sender: ")
    return rest.partition(")")[0]


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_every_mechanism_of_cyrus_sasl(smarthost, send, mechanism):
    postfix = smarthost(mechanism)
    relay = send(postfix)
    [message] = postfix.mailbox("alice").wait_for(1)
    assert login_of(message) in ("jean", f"jean@{HOST}")
    assert postfix.log_lines(f"sasl_method={mechanism}, sasl_username=jean")
    assert relay.metric("postern_mta_smtp_auth_total", result="accepted") == 1
    assert "secret of" not in relay.log()


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_every_mechanism_of_dovecot(folder, smarthost, send, mechanism):
    with Dovecot(folder / "dovecot") as dovecot:
        postfix = smarthost(
            settings="smtpd_sasl_type = dovecot\nsmtpd_sasl_local_domain =\n"
            f"smtpd_sasl_path = {dovecot.auth_socket}\n"
        )
        send(
            postfix,
            f"{HOST} alice@example.org:x\n",
            smtp={"smtp_sasl_mechanism_filter": [mechanism.lower()]},
        )
        [message] = postfix.mailbox("alice").wait_for(1)
        assert login_of(message) == "alice@example.org"
        assert postfix.log_lines(f"sasl_method={mechanism}, ")


def test_tls_from_the_first_byte(smarthost, send):
    postfix = smarthost(settings="smtpd_tls_wrappermode = yes\n")
    send(postfix, smtp_tls_wrappermode=True)
    [message] = postfix.mailbox("alice").wait_for(1)
    assert login_of(message) == f"jean@{HOST}"


def test_each_sender_has_a_relayhost_and_a_login(smarthost, send):
    postfix = smarthost()
    hop = f"[{HOST}]:{postfix.port}"
    relay = send(
        postfix,
        "sophie@falcot.com sophie:secret of sophie\n"
        "jean@falcot.com jean:secret of jean\n",
        sender="jean@falcot.com",
        smtp={"smtp_sender_dependent_authentication": True},
        relayhost="",
        routing={
            "sender_dependent_relayhost_maps": [
                f"inline:{{sophie@falcot.com={hop}, jean@falcot.com={hop}}}"
            ]
        },
    )
    assert relay.send("sophie@falcot.com", "bob@example.org")[0] == 250
    [of_jean] = postfix.mailbox("alice").wait_for(1)
    [of_sophie] = postfix.mailbox("bob").wait_for(1)
    assert login_of(of_jean) == f"jean@{HOST}"
    assert login_of(of_sophie) == f"sophie@{HOST}"


def test_a_wrong_password_keeps_the_mail_and_is_tried_once(smarthost, send):
    postfix = smarthost()
    relay = send(postfix, f"{HOST} jean:wrong\n")
    until(lambda: "SASL authentication failed" in relay.log(), 10)
    assert relay.send("b@sender.test", "bob@example.org")[0] == 250
    until(lambda: relay.log().count("status=deferred") >= 2, 10)
    assert len(postfix.log_lines("authentication failed")) == 1
    assert relay.metric("postern_mta_smtp_auth_total", result="rejected") == 1
    assert relay.metric("postern_mta_queue_messages") == 2


def test_without_tls_no_password_is_told(smarthost, send):
    postfix = smarthost(
        settings="smtpd_tls_security_level = none\nsmtpd_tls_auth_only = no\n"
    )
    relay = send(postfix, smtp_tls_security_level="may")
    until(lambda: "no TLS that keeps it secret" in relay.log(), 10)
    assert not postfix.log_lines("sasl_method")
