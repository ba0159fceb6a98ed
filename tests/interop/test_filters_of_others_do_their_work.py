"""Mail filters that we did not write, behind our relay, and dkimd."""

import re
import subprocess
import time

import pytest
from kit.beside_postfix import BesidePostfix
from kit.opendkim import Opendkim
from kit.other_filters import DkimpyMilter
from kit.waiting import free_port, listens, until

FROM, TO = "raphael@falcot.com", "bob@elsewhere.test"
TEXT = (
    f"From: {FROM}\r\nTo: {TO}\r\nDate: Sun, 29 Nov 2026 10:00:00 +0000\r\n"
    "Message-ID: <1@falcot.com>\r\nSubject: handbook\r\n\r\nbody\r\n"
)


@pytest.fixture
def behind(make_relay, sink):
    """behind(port, …): a relay in front of the filters at these ports."""

    def make(*ports, **config):
        return make_relay(
            {
                "relayhost": f"[127.0.0.1]:{sink.port}",
                "relay_domains": ["elsewhere.test"],
                "filters": {
                    "milters": [
                        {"name": f"m{n}", "endpoints": [f"inet:127.0.0.1:{port}"]}
                        for n, port in enumerate(ports)
                    ],
                    "smtpd_milters": [f"m{n}" for n in range(len(ports))],
                },
                **config,
            }
        )

    return make


@pytest.fixture
def opendmarc(folder):
    """The port of Debian's opendmarc."""
    port = free_port()
    config = folder / "opendmarc.conf"
    ignored = folder / "ignored"
    ignored.write_text("192.0.2.99\n")  # Else it is 127.0.0.1.
    config.write_text(
        f"Socket inet:{port}@127.0.0.1\nAuthservID relay.test\n"
        f"SPFSelfValidate false\nIgnoreHosts {ignored}\n"
    )
    with open(folder / "opendmarc.log", "wb") as log:
        process = subprocess.Popen(
            ["opendmarc", "-f", "-c", str(config)],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL,
        )
    until(lambda: listens(port), 20, "opendmarc listening")
    yield port
    process.terminate()
    process.wait(20)


def test_opendkim_signs(behind, make_dkimd, folder, sink):
    opendkim = Opendkim(folder / "opendkim", make_dkimd()).start()
    try:
        relay = behind(opendkim.port)
        begun = time.monotonic()
        for _ in range(4):  # One client after the other.
            assert relay.send(FROM, TO, content=TEXT)[0] == 250
        assert time.monotonic() - begun < 10
        mails = sink.wait_for(4)
    finally:
        opendkim.stop()
    for mail in mails:
        header = mail.content.split(b"\r\n\r\n")[0].decode()
        assert "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed" in header
        assert "d=falcot.com; s=mail" in header
        assert header.index("DKIM-Signature:") < header.index("Received:")


def test_opendmarc_judges(behind, opendmarc, sink):
    relay = behind(opendmarc)
    relay.send(FROM, TO, content=TEXT)
    header = sink.wait_for(1)[0].content.split(b"\r\n\r\n")[0].decode()
    assert "Authentication-Results: relay.test; dmarc=" in header


def test_dkimd_signs_here_and_verifies_there(behind, make_dkimd, sink):
    """Two relays: what one signs the other finds to be right."""
    signer = make_dkimd()
    verifier = make_dkimd(
        {"operation": "v", "dns": {"local_data_files": [str(signer.zone_file)]}}
    )
    second = behind(verifier.port)
    first = behind(signer.port, relayhost=f"[127.0.0.1]:{second.port}")
    assert first.send(FROM, TO, content=TEXT)[0] == 250
    content = sink.wait_for(1)[0].content.decode()
    assert content.count("DKIM-Signature:") == 2
    assert content.count("dkim=pass") == 2


@pytest.fixture
def dkimpy(make_relay, make_postfix, make_dkimd, folder):
    """dkimpy(mode): our relay and Postfix, each asking dkimpy-milter."""
    made = []
    dkimd = make_dkimd()

    def make(mode):
        made.append(DkimpyMilter(folder / "dkimpy", dkimd, mode).start())
        made.append(BesidePostfix(make_relay, make_postfix, made[-1].port))
        return made[-1]

    yield make, dkimd
    for one in reversed(made):
        one.stop()


_SIGNATURE = r"DKIM-Signature: (?s:.*?)\n(?!\s)"


def _without_signature(outcome):
    return re.sub(_SIGNATURE, "SIGNATURE", "\n".join(outcome.lines()))


def test_dkimpy_milter_signs_as_behind_postfix(dkimpy):
    make, dkimd = dkimpy
    ours, theirs = make("s").send(FROM, TO, TEXT)
    assert _without_signature(ours) == _without_signature(theirs)
    assert _without_signature(ours).count("SIGNATURE") == 1
    signed = ours.mail.content
    assert "dkim=pass" in dkimd.results(signed[signed.index(b"DKIM-Signature:"):])


def test_dkimpy_milter_verifies_as_behind_postfix(dkimpy):
    make, dkimd = dkimpy
    both = make("v")
    signed = dkimd.sign(TEXT.encode())[0].decode()
    forged = "Authentication-Results: relay.test; dkim=pass\r\n"
    for text, result in (signed, "pass"), (signed + "more\r\n", "fail"):
        ours, theirs = both.send(FROM, TO, forged + text)
        assert ours.lines() == theirs.lines()
        content = ours.mail.content.decode()
        assert content.count("Authentication-Results: relay.test") == 1
        assert f"dkim={result}" in content
