"""The macros that say who a client is and where mail for an address would go are
those that Postfix tells."""

import smtplib

import pytest
from kit.milter_server import CONTINUE, MilterServer

FROM = "sender@outside.test"
RELAYHOST = "[127.0.0.8]:2525"
TRANSPORTS = "inline:{ other.test=smtp:[127.0.0.9]:26, lmtp.test=lmtp:unix:/run/lmtp, direct.test=smtp: }"
# Each asks for another way.
RECIPIENTS = {
    "the relayhost": "bob@outside.test",
    "a domain in capitals": "bob@OUTSIDE.test",
    "a relay domain": "bob@inside.test",
    "a mailbox": "alice@example.org",
    "a local user": "carol@local.test",
    "another host": "bob@other.test",
    "a mail store": "bob@lmtp.test",
    "its own mail exchanger": "bob@direct.test",
}
NAMES = ["mail_addr", "mail_host", "mail_mailer", "rcpt_addr", "rcpt_host", "rcpt_mailer"]


class Recorder(MilterServer):
    """Keeps what it is told by the time of each recipient."""

    def __init__(self):
        super().__init__()
        self.told = []
        self.replies["R"] = self._keep_macros

    def _keep_macros(self, told):
        self.told.append(dict(told.macros))
        return [CONTINUE]

    def ask(self, port, *recipients, sender=FROM, source="127.0.0.1"):
        """What is told of each recipient, in a session of its own."""
        self.told.clear()
        with smtplib.SMTP("127.0.0.1", port, source_address=(source, 0)) as client:
            client.ehlo("c.test")
            assert client.mail(sender)[0] == 250
            for recipient in recipients:
                code, text = client.rcpt(recipient)
                assert code == 250, (recipient, text)
            client.rset()
        return list(self.told)


@pytest.fixture
def server():
    with Recorder() as one:
        yield one


@pytest.fixture
def postfix(make_postfix, server):
    return make_postfix(
        f"smtpd_milters = inet:127.0.0.1:{server.port}\n"
        "milter_connect_macros = j {client_connections}\n"
        f"relayhost = {RELAYHOST}\nrelay_domains = inside.test\n"
        "mydestination = local.test\nmyhostname = relay.test\n"
        f"local_recipient_maps = inline:{{ carol=x }}\ntransport_maps = {TRANSPORTS}\n"
        "mynetworks = 127.0.0.1/32, 127.9.0.0/16\n"
        "smtpd_client_event_limit_exceptions = 127.0.0.1/32\n"
    )


@pytest.fixture
def relay(make_relay, server):
    return make_relay({
        "relayhost": RELAYHOST,
        "relay_domains": ["inside.test"],
        "mydestination": ["local.test"],
        "local_recipient_maps": ["inline:{carol=x}"],
        "routing": {"transport_maps": [TRANSPORTS]},
        "mynetworks": ["127.0.0.1/32", "127.9.0.0/16"],
        "smtpd_client_event_limit_exceptions": ["127.0.0.1/32"],
        "filters": {
            "milters": [{"name": "m", "endpoints": [f"inet:127.0.0.1:{server.port}"]}],
            "smtpd_milters": ["m"],
        },
    })


def _of_interest(told):
    """What is not told is as good as nothing."""
    return [{name: one.get(name, "") for name in NAMES} for one in told]


@pytest.mark.parametrize("sender", [FROM, "", "alice@example.org", "x@inside.test"])
def test_the_way_of_an_address(server, postfix, relay, sender):
    theirs = _of_interest(server.ask(postfix.port, *RECIPIENTS.values(), sender=sender))
    ours = _of_interest(server.ask(relay.port, *RECIPIENTS.values(), sender=sender))
    assert dict(zip(RECIPIENTS, ours)) == dict(zip(RECIPIENTS, theirs))


@pytest.mark.parametrize("source", ["127.0.0.1", "127.9.0.1"])
def test_the_number_of_a_clients_connections(server, postfix, relay, source):
    numbers = []
    for port in postfix.port, relay.port:
        with smtplib.SMTP("127.0.0.1", port, source_address=(source, 0)) as first:
            first.ehlo("first.test")
            [told] = server.ask(port, "bob@outside.test", source=source)
        numbers.append(told["client_connections"])
    # Who is excluded from the limits is not counted.
    assert numbers == (["0", "0"] if source == "127.0.0.1" else ["2", "2"])
