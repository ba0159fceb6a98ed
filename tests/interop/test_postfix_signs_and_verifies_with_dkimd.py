"""Debian's Postfix with `smtpd_milters`, and the Debian handbook's excerpt of
opendkim.conf in our YAML, against dkimd; and Debian's opendkim at its side."""

import json
import pathlib
import re
import smtplib

import pytest
from kit.dkimd import MESSAGE, Dkimd
from kit.opendkim import Opendkim
from kit.waiting import until

HANDBOOK = pathlib.Path(__file__).with_name("handbook_dkimd.yaml")
SETTINGS = """\
smtpd_milters = {milters}
non_smtpd_milters = {milters}
milter_default_action = tempfail
"""
INSIDE = "127.0.0.1"
STRANGER = "127.9.0.1"


class HandbookDkimd(Dkimd):
    """The excerpt word for word but for the port and the path of the key."""

    def write_config(self):
        text = HANDBOOK.read_text()
        for host, here in (
            ("inet:12345@localhost", f"inet:{self.port}@localhost"),
            ("/etc/dkimkeys/mail.private", str(self.keys / "mail.private")),
        ):
            assert host in text
            text = text.replace(host, here)
        fields = re.findall(r"^(\w+):", text, re.M)
        lines = [f"{name}: {json.dumps(value)}\n"
                 for name, value in self.config.items() if name not in fields]
        self.config_file.write_text("".join(lines) + text)


@pytest.fixture
def dkimd(folder):
    """127.9.0.1 is outside."""
    one = HandbookDkimd(folder / "dkimd",
                        {"clients": {"internal_hosts": [INSIDE]}}).start()
    yield one
    assert one.stop() == 0


@pytest.fixture
def postfix(make_postfix, dkimd):
    return make_postfix(
        SETTINGS.format(milters=f"inet:localhost:{dkimd.port}"))


def send(postfix, message, source=INSIDE):
    with smtplib.SMTP("127.0.0.1", postfix.port, source_address=(source, 0),
                      timeout=20) as client:
        client.ehlo("client.test")
        client.mail("raphael@falcot.com")
        client.rcpt("alice@example.org")
        code, text = client.data(message)
        return code, text.decode()


def delivered(postfix, count):
    """alice's messages as bytes, in the order of their coming."""
    box = postfix.mailbox("alice")
    box.wait_for(count)
    files = sorted(box.files(), key=lambda path: path.stat().st_mtime_ns)
    return [path.read_bytes() for path in files]


def without_trace(message):
    """A delivered message as it was before Postfix put its own fields on top,
    with CR LF."""
    header, _, body = message.partition(b"\n\n")
    fields = re.split(rb"\n(?![ \t])", header)
    kept = [field for field in fields if not field.lower().startswith(
        (b"return-path:", b"x-original-to:", b"delivered-to:", b"received:"))]
    return (b"\n".join(kept) + b"\n\n" + body).replace(b"\n", b"\r\n")


def field(message, name):
    found = re.search(rb"^%s:((?:.|\n[ \t])*)" % name.encode(), message,
                      re.M | re.I)
    return found[1].decode() if found else None


def test_postfix_signs_mail_of_its_own_and_verifies_that_of_others(
    postfix, dkimd
):
    assert send(postfix, MESSAGE)[0] == 250
    [first] = delivered(postfix, 1)
    signature = field(first, "DKIM-Signature")
    for tag in ("d=falcot.com", "s=mail", "c=relaxed/relaxed", "a=rsa-sha256"):
        assert tag in signature, signature
    assert field(first, "Authentication-Results") is None
    assert send(postfix, without_trace(first), STRANGER)[0] == 250
    second = delivered(postfix, 2)[1]
    results = field(second, "Authentication-Results")
    assert "postfix.test" in results and "dkim=pass" in results, results
    # Before what this host has received: RFC 8601 section 4.1.
    assert second.lower().index(b"authentication-results:") < second.lower(
    ).index(b"dkim-signature:")
    assert not postfix.log_lines(r"milter.*(error|timeout|lost|unreasonable)")


def test_mail_of_a_subdomain_is_signed_as_well(postfix):
    message = MESSAGE.replace(b"raphael@falcot.com", b"r@mail.falcot.com")
    assert send(postfix, message)[0] == 250
    [got] = delivered(postfix, 1)
    assert "d=falcot.com" in field(got, "DKIM-Signature")


def test_a_changed_message_is_held(postfix, dkimd):
    assert send(postfix, MESSAGE)[0] == 250
    [first] = delivered(postfix, 1)
    changed = without_trace(first) + b"and more\r\n"
    assert send(postfix, changed, STRANGER)[0] == 250
    held = until(lambda: re.search(r"^\w+!", postfix.command(
        "postqueue", "-p").stdout, re.M), 10, "a held message")
    assert held
    assert dkimd.metric("postern_dkimd_findings_total",
                        finding="bad_signature") == 1


def test_forged_results_do_not_pass_postfix(postfix):
    """INJ-07, with Postfix's own way to count fields."""
    forged = b"Authentication-Results: postfix.test; dkim=pass header.d=x\r\n"
    kept = b"Authentication-Results: other.test; dkim=pass\r\n"
    message = forged + forged + kept + MESSAGE + b"x\r\n"
    message = message.replace(b"Subject:", forged + b"Subject:", 1)
    assert send(postfix, message, STRANGER)[0] == 250
    [got] = delivered(postfix, 1)
    values = re.findall(rb"^Authentication-Results:((?:.|\n[ \t])*)", got, re.M)
    assert len(values) == 2, values
    assert b"dkim=none" in values[0] and b"other.test" in values[1]


def test_opendkim_and_dkimd_agree_behind_one_postfix(
    folder, make_postfix, dkimd
):
    """Each verifies what the other has signed."""
    opendkim = Opendkim(folder / "opendkim", dkimd).start()
    try:
        signs = make_postfix(
            SETTINGS.format(milters=f"inet:localhost:{dkimd.port}"),
            name="ours")
        assert send(signs, MESSAGE)[0] == 250
        [ours] = delivered(signs, 1)
        theirs_only = make_postfix(
            SETTINGS.format(milters=f"inet:localhost:{opendkim.port}"),
            name="theirs")
        assert send(theirs_only, without_trace(ours), STRANGER)[0] == 250
        [judged] = delivered(theirs_only, 1)
        assert "dkim=pass" in field(judged, "Authentication-Results")
        assert send(theirs_only, MESSAGE)[0] == 250
        theirs = delivered(theirs_only, 2)[1]
        assert "d=falcot.com" in field(theirs, "DKIM-Signature")
        assert send(signs, without_trace(theirs), STRANGER)[0] == 250
        judged = delivered(signs, 2)[1]
        assert "dkim=pass" in field(judged, "Authentication-Results")
    finally:
        opendkim.stop()
