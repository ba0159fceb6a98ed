"""The PROXY protocol, versions 1 and 2: MTA-30."""

import socket
import ssl
import struct

import pytest
from kit.certificate import Certificate
from kit.relay import STRANGER
from kit.smtp_wire import Wire
from kit.waiting import until

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
HEADERS = "postern_mta_smtpd_proxy_headers_total"


def v2(command, family, body):
    return SIGNATURE + bytes([command, family]) + struct.pack(">H", len(body)) + body


def ends(source):
    return (
        socket.inet_aton(source)
        + socket.inet_aton("203.0.113.1")
        + struct.pack(">HH", 40000, 25)
    )


def proxied(source, version):
    if version == 1:
        return f"PROXY TCP4 {source} 203.0.113.1 40000 25\r\n".encode()
    return v2(0x21, 0x11, ends(source) + b"\x01\x00\x04smtp")


@pytest.fixture
def relay(make_relay):
    return make_relay(
        {
            "smtpd_upstream_proxy_protocol": "haproxy",
            "smtpd_upstream_proxy_timeout": "2s",
            "smtpd_upstream_proxy_hosts": ["127.0.0.1/32"],
            "mynetworks": ["198.51.100.0/24"],
        }
    )


@pytest.mark.parametrize("version", [1, 2])
def test_the_client_is_who_the_proxy_says(relay, version):
    for source, code in (("198.51.100.7", "250"), ("192.0.2.7", "554")):
        with Wire(relay.port) as wire:
            wire.send(proxied(source, version))
            wire.hello()
            answer = wire.envelope("a@sender.test", "b@elsewhere.test")
            assert answer.startswith(code), answer
        until(lambda: f"client={source}" in relay.log(), 10)


@pytest.mark.parametrize("version", [1, 2])
def test_a_header_may_come_byte_by_byte(relay, version):
    with Wire(relay.port) as wire:
        for byte in proxied("198.51.100.7", version):
            wire.send(bytes([byte]))
        wire.hello()


def test_a_proxy_may_speak_for_itself(relay):
    for header in (b"PROXY UNKNOWN\r\n", v2(0x20, 0, b"")):
        with Wire(relay.port) as wire:
            wire.send(header)
            wire.hello()
    assert relay.metric(HEADERS, result="local") == 2


@pytest.mark.parametrize(
    "header",
    [
        b"EHLO client.test\r\n",
        b"PROXY TCP4 192.0.2.1 203.0.113.1 99999 25\r\n",
        b"PROXY TCP4 " + b"1" * 200,
        v2(0x21, 0x11, b"\0" * 5),
        v2(0x21, 0x31, b"\0" * 216),
        v2(0x21, 0x11, ends("192.0.2.1") + b"\x01\xff\xff"),
        SIGNATURE + b"\x21\x11\xff\xff",
    ],
)
def test_a_malformed_header_closes_the_connection(relay, header):
    with Wire(relay.port) as wire:
        wire.send(header)
        assert wire.is_closed()
    assert relay.metric(HEADERS, result="malformed") == 1
    assert "event=proxy_refused" in relay.log()


def test_a_header_that_does_not_come_closes_the_connection(relay):
    with Wire(relay.port) as wire:
        wire.send(b"PROXY TCP4 192.0")
        assert wire.is_closed()
    until(lambda: relay.metric(HEADERS, result="timed_out") == 1, 5)


def test_a_host_that_is_not_listed_is_turned_away(relay):
    with Wire(relay.port, source=STRANGER) as wire:
        assert wire.is_closed()
    assert relay.metric(HEADERS, result="not_listed") == 1


def test_the_header_comes_before_the_handshake(make_relay, folder):
    certificate = Certificate(folder, "mx.example.org")
    relay = make_relay(
        {
            "smtpd_tls_wrappermode": True,
            "smtpd_tls_chain_files": [str(certificate.file)],
            "smtpd_upstream_proxy_protocol": "haproxy",
            "smtpd_upstream_proxy_hosts": ["127.0.0.1/32"],
        }
    )
    trust = ssl.create_default_context(cafile=str(certificate.file))
    with socket.create_connection(("127.0.0.1", relay.port), 10) as plain:
        plain.sendall(proxied("198.51.100.7", 2))
        with trust.wrap_socket(plain, server_hostname="mx.example.org") as tls:
            assert tls.recv(100).startswith(b"220 relay.test")
    until(lambda: "client=198.51.100.7" in relay.log(), 10)
