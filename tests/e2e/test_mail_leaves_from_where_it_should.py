"""From which address of ours, under which name and by way of whom mail leaves."""

import pytest
from kit.socks import Socks
from kit.waiting import until


@pytest.fixture
def send(make_relay, sink):
    """send(**smtp) sends a message to the sink; returns the relay."""

    def send(port=None, **smtp):
        relay = make_relay(
            {"relayhost": f"[127.0.0.1]:{port or sink.port}", "smtp": smtp}
        )
        assert relay.send("a@sender.test", "bob@partner.test")[0] == 250
        return relay

    return send


def test_each_of_our_addresses_has_its_name(send, sink):
    send(
        smtp_bind_address=["127.0.0.9"],
        smtp_helo_name="other.relay.test",
        smtp_helo_names={"127.0.0.9": "nine.relay.test"},
    )
    sink.wait_for(1)
    assert "EHLO nine.relay.test" in sink.commands


def test_an_address_that_is_gone_is_left_out_or_waited_for(send, sink):
    send(smtp_bind_address=["192.0.2.77"])
    sink.wait_for(1)
    relay = send(smtp_bind_address=["192.0.2.77"], smtp_bind_address_enforce=True)
    until(lambda: "dsn=4.4.1 status=deferred" in relay.log(), 10)
    assert "192.0.2.77" in relay.log()
    assert len(sink.messages) == 1


def test_a_socks_server_takes_all_connections(send, sink, folder):
    login = folder / "login"
    login.write_text("jean:fr0mage\n")
    login.chmod(0o600)
    with Socks("jean", "fr0mage") as socks:
        send(
            smtp_socks_proxy=f"127.0.0.1:{socks.port}",
            smtp_socks_login_file=str(login),
        )
        sink.wait_for(1)
        assert socks.asked == [("127.0.0.1", sink.port)]
    with Socks("jean", "other") as socks:
        relay = send(
            smtp_socks_proxy=f"127.0.0.1:{socks.port}",
            smtp_socks_login_file=str(login),
        )
        until(lambda: "it does not know our password" in relay.log(), 10)
        assert "fr0mage" not in relay.log()


def test_the_next_hop_learns_both_ends(make_relay, send):
    receiver = make_relay(
        {
            "smtpd_upstream_proxy_protocol": "haproxy",
            "smtpd_upstream_proxy_hosts": ["127.0.0.0/8"],
            "virtual_mailbox_domains": ["partner.test"],
            "virtual_mailbox_maps": ["inline:{bob@partner.test=bob/}"],
        },
    )
    send(receiver.port, smtp_proxy_protocol=True, smtp_bind_address=["127.0.0.9"])
    until(lambda: "client=127.0.0.9" in receiver.log(), 10)
    until(lambda: "status=sent" in receiver.log(), 10)


def test_bare_addresses_may_be_refused(make_relay):
    relay = make_relay({"smtp": {"refuse_address_literals": True}})
    assert relay.send("bob@example.org", "x@[127.0.0.7]")[0] == 250
    [report] = relay.mailbox("bob").wait_for(1)
    assert "no mail goes to bare addresses" in report.as_string()
