"""MTA-STS: what a domain's policy asks for is done, and cannot be kept from us
once it is known."""

import pytest
from kit import zone
from kit.certificate import Authority, Certificate
from kit.sink import Sink
from kit.waiting import until
from kit.web_server import WebServer

FROM = "alice@example.org"
DOMAIN = "partner.test"
TEXT = {"Content-Type": "text/plain"}


def policy(mode, mx=f"mx.{DOMAIN}"):
    lines = ["version: STSv1", f"mode: {mode}", f"mx: {mx}", "max_age: 604800", ""]
    return 200, TEXT, "\r\n".join(lines).encode()


class World:
    """A relay, a web server with the policy of partner.test, and its host."""

    def __init__(self, make_relay, folder):
        self.folder = folder
        self.authority = Authority(folder)
        self.web = WebServer(self.authority.issue(f"mta-sts.{DOMAIN}"))
        self.relay = make_relay(
            {
                "smtp_tls_CAfile": str(self.authority.file),
                "mta_sts": {
                    "directory": str(folder / "sts"),
                    "allowed_networks": ["127.0.0.0/8"],
                },
            },
            start=False,
        )
        self.sink = None
        self.publish("1")

    def publish(self, identity):
        self.relay.set_zone(
            [
                *zone.mail_domain(DOMAIN),
                zone.a(f"mta-sts.{DOMAIN}", self.web.address),
                zone.txt(f"_mta-sts.{DOMAIN}", f"v=STSv1; id={identity};"),
            ]
        )

    def serve(self, page):
        self.web.pages[f"mta-sts.{DOMAIN}"] = page

    def begin(self, certificate=None):
        """The host has this certificate, or the right one."""
        chain = certificate or self.authority.issue(f"mx.{DOMAIN}")
        self.sink = Sink(self.relay.next_hop_port, certificate=chain)
        self.relay.start()

    def send(self):
        code, text = self.relay.send(FROM, f"carol@{DOMAIN}")
        assert code == 250, text

    def counted(self, result, kind="sts"):
        return self.relay.metric(
            "postern_mta_smtp_tls_policy_total", policy=kind, result=result
        )

    def fetched(self, result):
        return self.relay.metric("postern_mta_smtp_sts_fetches_total", result=result)

    def waits(self, why):
        self.send()
        until(lambda: why in self.relay.log(), 20, f"{why} in the log")
        assert not self.sink.messages

    def close(self):
        self.web.close()
        if self.sink:
            self.sink.close()


@pytest.fixture
def world(make_relay, folder):
    made = World(make_relay, folder)
    yield made
    made.close()


@pytest.fixture
def stranger(folder):
    """A certificate that nobody vouches for."""
    return Certificate(folder, f"mx.{DOMAIN}", name="stranger").file


def test_a_host_as_the_policy_has_it_gets_the_mail(world):
    world.serve(policy("enforce"))
    world.begin()
    world.send()
    world.sink.wait_for(1)
    assert world.web.asked == [(f"mta-sts.{DOMAIN}", "/.well-known/mta-sts.txt")]
    assert world.counted("ok") == 1
    assert world.relay.metric("postern_mta_smtp_tls_total", result="verified") == 1


def test_a_certificate_that_nobody_vouches_for_keeps_the_mail_here(world, stranger):
    world.serve(policy("enforce"))
    world.begin(stranger)
    world.waits("cannot start TLS")
    assert "failure=certificate-not-trusted" in world.relay.log()


def test_a_host_that_is_not_in_the_policy_gets_none(world):
    world.serve(policy("enforce", "mx.elsewhere.test"))
    world.begin()
    world.waits("is not a host of the domain's policy")
    assert world.sink.sessions == 0


def test_a_policy_that_is_tested_bars_nothing_and_counts(world, stranger):
    world.serve(policy("testing"))
    world.begin(stranger)
    world.send()
    world.sink.wait_for(1)
    assert world.counted("failed") == 1
    assert "failure=certificate-not-trusted" in world.relay.log()


@pytest.mark.parametrize(
    ("page", "result", "why"),
    [
        ((301, {"Location": "https://elsewhere.test/", **TEXT}, b""), "failed", "301"),
        ((200, TEXT, b"version: STSv1\n" * 5000), "invalid", "longer"),
        ((200, {"Content-Type": "text/html"}, policy("enforce")[2]), "invalid", "html"),
        ((404, TEXT, b""), "failed", "404"),
    ],
)
def test_what_is_no_policy_counts_as_none(world, stranger, page, result, why):
    world.serve(page)
    world.begin(stranger)
    world.send()
    world.sink.wait_for(1)
    assert world.fetched(result) == 1
    assert world.counted("failed") == 1
    [line] = [x for x in world.relay.log().splitlines() if "mta_sts_failed" in x]
    assert why in line


def test_the_policy_host_needs_a_certificate_of_its_own(world, folder):
    world.web.close()
    world.web = WebServer(world.authority.issue(f"www.{DOMAIN}"))
    world.publish("1")
    world.serve(policy("enforce"))
    world.begin()
    world.send()
    world.sink.wait_for(1)
    assert world.fetched("webpki") == 1


def test_a_policy_that_is_known_counts_without_its_server(world, stranger):
    world.serve(policy("enforce"))
    world.begin()
    world.send()
    world.sink.wait_for(1)
    world.relay.stop()
    world.sink.close()
    world.web.close()
    world.publish("2")
    world.begin(stranger)
    world.waits("cannot start TLS")
    assert world.fetched("failed") == 1


def test_a_policy_host_with_a_private_address_is_not_asked(world):
    world.relay.config["mta_sts"]["allowed_networks"] = []
    world.serve(policy("enforce"))
    world.begin()
    world.send()
    world.sink.wait_for(1)
    assert world.web.asked == []
    assert world.fetched("failed") == 1


def test_it_can_be_turned_off(world, stranger):
    world.relay.config["mta_sts"]["enabled"] = False
    world.serve(policy("enforce"))
    world.begin(stranger)
    world.send()
    world.sink.wait_for(1)
    assert world.web.asked == []
