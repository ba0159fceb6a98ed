"""smtp_tls_security_level dane: a signed zone, and hosts that are or are not the
ones of its TLSA records."""

import pytest
from kit import zone
from kit.certificate import Authority, Certificate, tlsa
from kit.signed_zone import PLAIN, SIGNED
from kit.sink import Sink
from kit.waiting import until

FROM = "alice@example.org"
GOOD, TA, WRONG, NONE, BOGUS, ODD = (
    f"{name}.{SIGNED}" for name in ("good", "ta", "wrong", "none", "bogus", "odd")
)
OUTSIDE = f"outside.{PLAIN}"


def record(host, port, data):
    return f"_{port}._tcp.mx.{host}. 300 IN TLSA {data}"


class World:
    """A relay at the level dane, and one server that is the host of all."""

    def __init__(self, make_relay, make_signed_zone, folder):
        authority = Authority(folder)
        chain = authority.issue(f"mx.{TA}", f"mx.{GOOD}")
        self.relay = make_relay({"smtp_tls_security_level": "dane"}, start=False)
        self.sink = Sink(self.relay.next_hop_port, certificate=chain)
        port = self.relay.next_hop_port
        other = Certificate(folder, "other.test").file
        records = {
            GOOD: tlsa(chain),
            TA: tlsa(authority.file, 2, 0),
            WRONG: tlsa(other),
            BOGUS: tlsa(chain),
            ODD: tlsa(chain, usage=1),
        }
        signed = [record(host, port, data) for host, data in records.items()]
        for host in (*records, NONE):
            signed += zone.mail_domain(host)
        server = make_signed_zone(
            signed, zone.mail_domain(OUTSIDE), spoil=[f"_{port}._tcp.mx.{BOGUS}"]
        )
        self.relay.config["dns"].update(server.settings())
        self.relay.start()

    def send(self, domain):
        code, text = self.relay.send(FROM, f"carol@{domain}")
        assert code == 250, text

    def waits(self, domain, why):
        """The mail for `domain` waits, and the log says why."""
        self.send(domain)
        until(lambda: why in self.relay.log(), 20, f"{why} in the log")
        assert not self.sink.messages


@pytest.fixture
def world(make_relay, make_signed_zone, folder):
    made = World(make_relay, make_signed_zone, folder)
    yield made
    made.sink.close()


@pytest.mark.parametrize("domain", [GOOD, TA])
def test_a_host_that_is_the_one_of_its_record_gets_the_mail(world, domain):
    world.send(domain)
    world.sink.wait_for(1)
    assert world.sink.names == [f"mx.{domain}"]
    relay = world.relay
    assert relay.metric("postern_mta_smtp_tls_total", result="verified") == 1
    assert (
        relay.metric("postern_mta_smtp_tls_policy_total", policy="tlsa", result="ok")
        == 1
    )


def test_any_other_host_gets_none(world):
    world.waits(WRONG, "cannot start TLS")
    assert "failure=tlsa-invalid" in world.relay.log()


def test_records_that_are_forged_keep_the_mail_here(world):
    world.waits(BOGUS, "its TLSA records cannot be had")
    assert "failure=dnssec-invalid" in world.relay.log()
    assert world.sink.sessions == 0


@pytest.mark.parametrize("domain", [NONE, OUTSIDE, ODD])
def test_a_host_without_usable_records_gets_the_mail_under_any_tls(world, domain):
    world.send(domain)
    world.sink.wait_for(1)
    result = world.relay.metric("postern_mta_smtp_tls_total", result="encrypted")
    assert result == 1


def test_requiretls_goes_to_a_host_that_its_records_prove(world, folder):
    world.sink.replies["EHLO"] = "250-sink.test\r\n250-STARTTLS\r\n250 REQUIRETLS"
    chain = Certificate(folder, "relay.test").file
    world.relay.config["smtpd_tls_chain_files"] = [str(chain)]
    world.relay.config["smtpd_tls_security_level"] = "may"
    world.relay.restart()
    for domain in (GOOD, NONE):
        world.relay.send_requiretls(FROM, f"carol@{domain}")
    [report] = world.relay.mailbox("alice").wait_for(1)
    assert "5.7.30" in report.as_string()
    [message] = world.sink.wait_for(1)
    assert message.recipients == [f"carol@{GOOD}"]
    assert f"MAIL FROM:<{FROM}> REQUIRETLS" in " ".join(world.sink.commands)


def test_dane_only_insists(world):
    world.relay.config["smtp_tls_policy_maps"] = [
        f"inline:{{{{{NONE} = dane-only}}, {{{OUTSIDE} = dane-only}}}}"
    ]
    world.relay.restart()
    world.waits(NONE, "dane-only: it has no secure TLSA records")
    world.waits(OUTSIDE, "MX is without DNSSEC")


def test_dane_without_dnssec_is_refused_at_start(make_relay):
    relay = make_relay({"smtp_tls_security_level": "dane"}, start=False)
    relay.launch()
    assert relay.wait() == 78
    assert "smtp_tls_security_level: dane needs dns.dnssec" in relay.log()
