"""Domains that want it are told once a day what became of the TLS of
connections to them (RFC 8460)."""

import email
import gzip
import json
import time

import pytest
from kit.certificate import Certificate
from kit.faults import Faults
from kit.sink import Sink
from kit.waiting import until
from kit.web_sink import WebSink
from kit.zone import a, mail_domain, txt

SECURE, PLAIN, READER = "127.0.0.2", "127.0.0.3", "127.0.0.1"
# Beyond the end of the day and the hours in which reports leave.
A_DAY_LATER = 29 * 3600
BLOCK = {"organization_name": "Relay Inc.", "from": "tls@relay.test"}


def wanted_by(domain, *uris):
    return txt(f"_smtp._tls.{domain}", "v=TLSRPTv1; rua=" + ",".join(uris))


@pytest.fixture
def make_reporter(make_relay, folder):
    """make_reporter(zone, **config) starts a relay that reports and demands TLS
    of everybody; returns it and its clock."""

    def make(zone, name, tls_report=(), **config):
        place = folder / name
        place.mkdir()
        clock = Faults(place, place / "no-disk")
        relay = make_relay(
            {
                "smtp_tls_security_level": "encrypt",
                "tls_report": {
                    **BLOCK,
                    "directory": str(place / "tls-report"),
                    **dict(tls_report),
                },
                **config,
            },
            zone=[
                *mail_domain("secure.test", SECURE),
                *mail_domain("plain.test", PLAIN),
                *mail_domain("reader.test", READER),
                *zone,
            ],
            name=name,
            start=False,
        )
        relay.environment = clock.environment
        return relay.start(), clock

    return make


def wait_for_counts():
    """They are handed on every five seconds, whatever the clock says."""
    time.sleep(6)


def report_in(message):
    """The one that is attached to a mail, as the RFC wants it."""
    mail = email.message_from_bytes(message.content)
    assert mail.get_content_type() == "multipart/report"
    assert mail.get_param("report-type") == "tlsrpt"
    _, attached = mail.get_payload()
    assert attached.get_content_type() == "application/tlsrpt+gzip"
    return mail, attached, json.loads(gzip.decompress(attached.get_payload(decode=True)))


def named_report(message, domain):
    """The same, once mail, file and report say who tells whom of which day."""
    mail, attached, report = report_in(message)
    assert mail["From"] == "<tls@relay.test>"
    assert mail["TLS-Report-Domain"] == domain
    assert mail["TLS-Report-Submitter"] == "relay.test"
    assert mail["TLS-Required"] == "No"
    day = report["date-range"]["start-datetime"][:10]
    assert report["date-range"]["end-datetime"] == f"{day}T23:59:59Z"
    assert attached.get_filename().startswith(f"relay.test!{domain}!")
    assert attached.get_filename().endswith(f"!{day}.json.gz")
    assert report["organization-name"] == "Relay Inc."
    assert report["contact-info"] == "tls@relay.test"
    assert report["report-id"] == f"{day}.{domain}@relay.test"
    return report


def test_a_report_tells_what_became_of_the_sessions(make_reporter, folder):
    relay, clock = make_reporter(
        [
            wanted_by("secure.test", "mailto:secure@reader.test"),
            wanted_by("plain.test", "mailto:plain@reader.test"),
        ],
        "reporter",
        smtp={"connection_reuse_count_limit": 1},
    )
    certificate = Certificate(folder, "mx.secure.test").file
    port = relay.next_hop_port
    with Sink(port, SECURE, certificate=certificate) as secure, Sink(
        port, PLAIN
    ), Sink(port, READER) as reader:
        for number in (1, 2):
            assert relay.send("a@sender.test", "b@secure.test")[0] == 250
            secure.wait_for(number)
        assert relay.send("a@sender.test", "b@plain.test")[0] == 250
        until(lambda: "deferred" in relay.log(), 20, "the mail to wait")
        wait_for_counts()
        clock.move_clock(A_DAY_LATER)
        # It arrives without TLS, though the relay demands it of all other mail.
        messages = reader.wait_for(2, timeout=60)
    by_reader = {m.recipients[0]: m for m in messages}
    assert all(m.sender == "tls@relay.test" for m in messages)

    report = named_report(by_reader["secure@reader.test"], "secure.test")
    assert report["policies"] == [
        {
            "policy": {
                "policy-type": "no-policy-found",
                "policy-domain": "secure.test",
            },
            "summary": {
                "total-successful-session-count": 2,
                "total-failure-session-count": 0,
            },
        }
    ]

    report = named_report(by_reader["plain@reader.test"], "plain.test")
    [policy] = report["policies"]
    assert policy["summary"]["total-successful-session-count"] == 0
    failures = policy["summary"]["total-failure-session-count"]
    assert failures >= 1
    [details] = policy["failure-details"]
    assert details["result-type"] == "starttls-not-supported"
    assert details["receiving-mx-hostname"] == "mx.plain.test"
    assert details["receiving-ip"] == PLAIN
    assert details["failed-session-count"] == failures
    assert relay.metric("postern_mta_tls_reports_total", result="sent") == 2


@pytest.fixture
def tell_by_web(make_reporter, folder):
    """tell_by_web(web, **block) has a relay that trusts `web` find out where the
    report on one session is wanted; returns it."""

    def tell(web, **block):
        relay, clock = make_reporter(
            [
                wanted_by("secure.test", f"https://web.test:{web.port}/tls"),
                a("web.test", "127.0.0.1"),
            ],
            "reporter",
            smtp_tls_CAfile=str(folder / "web.test.pem"),
            tls_report=block,
        )
        certificate = Certificate(folder, "mx.secure.test").file
        with Sink(relay.next_hop_port, SECURE, certificate=certificate) as secure:
            assert relay.send("a@sender.test", "b@secure.test")[0] == 250
            secure.wait_for(1)
        wait_for_counts()
        clock.move_clock(A_DAY_LATER)
        return relay

    return tell


def test_a_web_server_can_be_told(tell_by_web, folder):
    with WebSink(Certificate(folder, "web.test").file) as web:
        tell_by_web(web, allowed_networks=["127.0.0.0/8"])
        [(path, header, body)] = web.wait_for(1, timeout=60)
    assert path == "/tls"
    assert header["Content-Type"] == "application/tlsrpt+gzip"
    [policy] = json.loads(gzip.decompress(body))["policies"]
    assert policy["policy"]["policy-domain"] == "secure.test"
    assert policy["summary"]["total-successful-session-count"] == 1


def test_a_record_does_not_lead_into_our_own_network(tell_by_web, folder):
    with WebSink(Certificate(folder, "web.test").file) as web:
        relay = tell_by_web(web)
        until(
            lambda: "not an address of the Internet" in relay.log(), 60, "refusal"
        )
        assert web.posts == []


def test_relays_count_together_and_one_of_them_reports(
    make_reporter, redis_server, folder
):
    zone = [wanted_by("secure.test", "mailto:secure@reader.test")]
    redis = {"endpoints": [redis_server.address]}
    one, one_clock = make_reporter(zone, "one", redis=redis)
    port = {"port": one.next_hop_port}
    two, two_clock = make_reporter(zone, "two", redis=redis, smtp=port)
    certificate = Certificate(folder, "mx.secure.test").file
    with Sink(one.next_hop_port, SECURE, certificate=certificate) as secure, Sink(
        one.next_hop_port, READER
    ) as reader:
        for number, relay in enumerate((one, two), start=1):
            assert relay.send("a@sender.test", "b@secure.test")[0] == 250
            secure.wait_for(number)
        wait_for_counts()
        one_clock.move_clock(A_DAY_LATER)
        two_clock.move_clock(A_DAY_LATER)
        reader.wait_for(1, timeout=60)
        time.sleep(20)  # The other looks, too.
        [message] = reader.messages
    _, _, report = report_in(message)
    [policy] = report["policies"]
    assert policy["summary"]["total-successful-session-count"] == 2
