"""transport_maps and what else says which way mail goes."""

from kit import zone
from kit.program import run_once
from kit.sink import Sink
from kit.waiting import until

FROM = "alice@example.org"


def delivery_of(relay, recipient):
    """The line of the log about the latest attempt at `recipient`."""
    lines = []

    def found():
        lines[:] = [
            line
            for line in relay.log().splitlines()
            if "event=delivery" in line and f"to={recipient}" in line
        ]
        return bool(lines)

    until(found, 20, f"a delivery to {recipient}")
    return lines[-1]


def test_a_table_sends_a_domain_elsewhere_and_is_read_again(make_relay, folder):
    table = folder / "transport"
    with Sink() as first, Sink() as second:
        table.write_text(f"moved.test smtp:[127.0.0.1]:{first.port}\n")
        relay = make_relay(
            {"routing": {"transport_maps": [f"texthash:{table}"]}},
            zone=zone.mail_domain("plain.test", "127.0.0.1"),
        )
        with Sink(relay.next_hop_port) as usual:
            relay.send(FROM, "carol@moved.test")
            relay.send(FROM, "carol@plain.test")
            first.wait_for(1)
            usual.wait_for(1)
        table.write_text(f"moved.test smtp:[127.0.0.1]:{second.port}\n")
        relay.reload()
        until(lambda: relay.metric("postern_mta_reloads_total"), 10, "the reload")
        relay.send(FROM, "dave@moved.test")
        [message] = second.wait_for(1)
        assert message.recipients == ["dave@moved.test"]


def test_error_bounces_retry_waits_and_discard_is_the_end(make_relay):
    maps = (
        "inline:{ {bad.test=error:5.7.1 closed for good} "
        "{later.test=retry:4.3.2 on holiday} {hole.test=discard:silly} }"
    )
    relay = make_relay({"routing": {"transport_maps": [maps]}})
    relay.send(FROM, "carol@bad.test")
    [bounce] = relay.mailbox("alice").wait_for(1)
    assert "closed for good" in bounce.as_string()
    assert "Status: 5.7.1" in bounce.as_string()
    relay.send(FROM, "carol@later.test")
    line = delivery_of(relay, "carol@later.test")
    assert "status=deferred" in line and "on holiday" in line
    assert "dsn=4.3.2" in line and "relay=none" in line
    relay.send(FROM, "carol@hole.test")
    line = delivery_of(relay, "carol@hole.test")
    assert "status=sent" in line and "discarded: silly" in line
    until(
        lambda: relay.metric("postern_mta_queue_messages") == 1,
        20,
        "only the message that waits in the queue",
    )


def test_a_sender_has_its_own_relayhost(make_relay, sink):
    with Sink() as bulk:
        maps = f"inline:{{ {{@bulk.test=[127.0.0.1]:{bulk.port}}} }}"
        relay = make_relay(
            {
                "relayhost": f"[127.0.0.1]:{sink.port}",
                "routing": {"sender_dependent_relayhost_maps": [maps]},
            }
        )
        relay.send("news@bulk.test", "carol@far.test")
        relay.send(FROM, "carol@far.test")
        [message] = bulk.wait_for(1)
        assert message.sender == "news@bulk.test"
        [message] = sink.wait_for(1)
        assert message.sender == FROM


def test_the_next_of_several_hosts_takes_the_mail_of_one_that_is_down(
    make_relay, sink
):
    relay = make_relay(
        {
            "relayhost": "[nowhere.test], "
            f"[127.0.0.7]:{sink.port} [127.0.0.1]:{sink.port}"
        }
    )
    relay.send(FROM, "carol@far.test")
    sink.wait_for(1)
    relay.wait_for_empty_queue()


def test_a_mailbox_domain_may_be_passed_on(make_relay, sink):
    relay = make_relay(
        {"routing": {"virtual_transport": f"smtp:[127.0.0.1]:{sink.port}"}}
    )
    assert relay.send("x@far.test", "alice@example.org")[0] == 250
    [message] = sink.wait_for(1)
    assert message.recipients == ["alice@example.org"]
    code, _ = relay.send("x@far.test", "nobody@example.org")
    assert code == 550


def test_a_transport_that_does_not_exist_starts_nothing(folder):
    quiet = {"daemon": {"metrics": "", "admin": {"listen": ""}}}
    config = {**quiet, "routing": {"default_transport": "pigeon:"}}
    result = run_once("mta", config=config, folder=folder)
    assert result.returncode != 0
    assert "routing.default_transport" in result.stderr + result.stdout
    assert "pigeon" in result.stderr + result.stdout
