"""The relay and dkimd know each other by their certificates; without that no mail
is shown, and on_failure counts."""

import pytest
from kit.certificate import Authority
from kit.dkimd import MESSAGE
from kit.milter_server import MilterServer
from kit.waiting import until

FROM, TO = "raphael@falcot.com", "bob@elsewhere.test"
NAME = "filter.test"


@pytest.fixture
def authority(folder):
    return Authority(folder)


@pytest.fixture
def dkimd(make_dkimd, authority):
    """Takes nobody whom the authority does not vouch for."""
    return make_dkimd({"milter": {"tls": {
        "chain_files": [str(authority.issue(NAME))],
        "client_ca_file": str(authority.file),
    }}})


@pytest.fixture
def relay_to(make_relay, authority, sink):
    """relay_to(port, …): a relay with that filter; `tls` is laid over what
    dkimd wants, a None takes a setting away."""

    def make(port, on_failure="tempfail", tls=None):
        ours = authority.issue("relay.test")
        settings = {
            "ca_file": str(authority.file),
            "server_name": NAME,
            "certificate_file": str(ours),
            "key_file": str(ours),
            **(tls or {}),
        }
        return make_relay({
            "relayhost": f"[127.0.0.1]:{sink.port}",
            "relay_domains": ["elsewhere.test"],
            "queue": {"retry_waits": ["1h"]},
            "filters": {
                "milters": [{
                    "name": "dkim",
                    "endpoints": [f"inet:localhost:{port}"],
                    "on_failure": on_failure,
                    "reuse_connections": True,
                    "tls": {k: v for k, v in settings.items() if v is not None},
                }],
                "smtpd_milters": ["dkim"],
            },
        })

    return make


def _is_signed(mail):
    return b"DKIM-Signature: " in mail.content


def test_both_show_a_certificate(relay_to, dkimd, sink):
    relay = relay_to(dkimd.port)
    for _ in range(5):
        assert relay.send(FROM, TO, content=MESSAGE)[0] == 250
    assert all(_is_signed(mail) for mail in sink.wait_for(5))
    # Every one of our reactors keeps a connection.
    assert dkimd.metric("postern_dkimd_milter_connections_total") < 5


def test_a_filter_that_was_restarted_costs_no_message(relay_to, dkimd, sink):
    relay = relay_to(dkimd.port)
    with relay.client() as client:
        client.sendmail(FROM, [TO], MESSAGE)
        dkimd.restart()
        client.sendmail(FROM, [TO], MESSAGE)
    assert relay.send(FROM, TO, content=MESSAGE)[0] == 250
    assert all(_is_signed(mail) for mail in sink.wait_for(3))
    assert "milter_failed" not in relay.log()


@pytest.mark.parametrize("on_failure, code", [("tempfail", 451), ("accept", 250)])
@pytest.mark.parametrize("what", ["authority", "name", "expired", "plain"])
def test_who_is_not_the_filter_is_shown_nothing(
    relay_to, make_dkimd, authority, folder, sink, what, on_failure, code
):
    tls, words, days = {}, "certificate verify failed", 2
    if what == "authority":
        (folder / "other").mkdir()
        tls["ca_file"] = str(Authority(folder / "other").file)
    elif what == "name":
        tls["server_name"] = "other.test"
        words = "hostname mismatch"
    elif what == "expired":
        days, words = -1, "certificate has expired"
    chain = [str(authority.issue(NAME, days=days))]
    with MilterServer() as plain:
        if what == "plain":
            port, words = plain.port, f"127.0.0.1:{plain.port}: "
        else:
            port = make_dkimd({"milter": {"tls": {"chain_files": chain}}}).port
        relay = relay_to(port, on_failure, tls)
        assert relay.send(FROM, TO, content=MESSAGE)[0] == code
        assert not {"O", "C", "M"} & set(plain.commands)
    [line] = [x for x in relay.log().splitlines() if "event=milter_failed" in x]
    assert "milter=dkim" in line and f"on_failure={on_failure}" in line
    assert words in line
    if code == 250:
        assert not _is_signed(sink.wait_for(1)[0])


def test_dkimd_takes_nobody_without_a_certificate(relay_to, dkimd):
    relay = relay_to(
        dkimd.port, tls={"certificate_file": None, "key_file": None}
    )
    assert relay.send(FROM, TO, content=MESSAGE)[0] == 451
    assert "event=milter_failed" in relay.log()
    assert "event=milter_tls_failed" in dkimd.log()


def test_renewed_certificates_are_taken_up(relay_to, dkimd, authority, sink):
    relay = relay_to(dkimd.port)
    assert relay.send(FROM, TO, content=MESSAGE)[0] == 250
    before = dkimd.metric("postern_dkimd_milter_connections_total")
    authority.renew()  # Nobody knows the old one any more.
    authority.issue(NAME)
    authority.issue("relay.test")

    def is_signed_anew():
        code = relay.send(FROM, TO, content=MESSAGE)[0]
        now = dkimd.metric("postern_dkimd_milter_connections_total")
        return code == 250 and now > before

    until(is_signed_anew, 40, "mail signed with the new certificates")
    assert _is_signed(sink.messages[-1])


def test_a_key_that_cannot_be_read_leaves_the_old_one(relay_to, dkimd, folder, sink):
    relay = relay_to(dkimd.port)
    (folder / "relay.test.pem").write_text("nonsense\n")
    until(lambda: "event=reload_failed" in relay.log(), 40, "a reload that fails")
    assert "filters.milters[0].tls" in relay.log()
    assert relay.send(FROM, TO, content=MESSAGE)[0] == 250
    assert _is_signed(sink.wait_for(1)[0])
