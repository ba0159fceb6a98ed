"""A filter with several endpoints: one that dies, hangs or is not there costs one
message at most, and the log and the metrics name it."""

import pytest
from kit.milter_server import MilterServer
from kit.waiting import free_port, until

FROM, TO = "alice@sender.test", "bob@elsewhere.test"


@pytest.fixture
def relay_to(make_relay, sink):
    """relay_to(port, …): a relay with a filter that has these endpoints."""

    def make(*ports, on_failure="tempfail"):
        return make_relay({
            "relayhost": f"[127.0.0.1]:{sink.port}",
            "relay_domains": ["elsewhere.test"],
            "queue": {"retry_waits": ["1h"]},
            "filters": {
                "milters": [{
                    "name": "many",
                    "endpoints": [f"inet:127.0.0.1:{port}" for port in ports],
                    "on_failure": on_failure,
                    "command_timeout": "1s",
                    "content_timeout": "1s",
                }],
                "smtpd_milters": ["many"],
            },
        })

    return make


def _endpoints_that_failed(relay):
    lines = [x for x in relay.log().splitlines() if "event=milter_endpoint_failed" in x]
    return [line.split("endpoint=127.0.0.1:")[1].split(" ")[0] for line in lines]


def _healthy(relay):
    return relay.metric("postern_mta_milter_healthy_endpoints", milter="many")


def test_an_address_where_nobody_is_costs_no_message(relay_to, one):
    nobody = free_port()
    relay = relay_to(nobody, one.port)
    assert {relay.send(FROM, TO)[0] for _ in range(6)} == {250}
    assert _endpoints_that_failed(relay) == [str(nobody)]
    assert _healthy(relay) == 1
    assert "event=milter_failed" not in relay.log()
    with MilterServer(port=nobody) as late:
        until(lambda: relay.send(FROM, TO)[0] == 250 and late.messages, 20)
        assert _healthy(relay) == 2


@pytest.mark.parametrize("on_failure, code", [
    ("tempfail", 451), ("accept", 250), ("reject", 550), ("quarantine", 250),
])
@pytest.mark.parametrize("how", ["dies", "hangs"])
def test_one_message_is_lost_to_it_and_no_more(
    relay_to, one, other, how, on_failure, code
):
    if how == "dies":
        one.replies["L"] = lambda told: None  # In the midst of the header.
    else:
        one.delay["L"] = 5
    relay = relay_to(one.port, other.port, on_failure=on_failure)
    codes = [relay.send(FROM, TO)[0] for _ in range(4)]
    assert sorted(codes) == sorted([code, 250, 250, 250])
    assert len(other.messages) == 3
    assert _endpoints_that_failed(relay) == [str(one.port)]
    [line] = [x for x in relay.log().splitlines() if "event=milter_failed" in x]
    assert f"endpoint=127.0.0.1:{one.port}" in line
    assert f"on_failure={on_failure}" in line
    assert ("DEADLINE_EXCEEDED" in line) == (how == "hangs")
    assert "event=milter_answers" in relay.log()
    assert _healthy(relay) == 1
    assert relay.metric("postern_mta_milter_failures_total", milter="many") == 1
    held = relay.metric("postern_mta_queue_messages", state="held")
    assert held == (1 if on_failure == "quarantine" else 0)
    one.replies.clear()
    one.delay.clear()
    until(lambda: relay.send(FROM, TO)[0] == 250 and _healthy(relay) == 2, 20)


def test_when_all_are_away_each_is_named(relay_to):
    ports = [free_port(), free_port()]
    relay = relay_to(*ports)
    assert relay.send(FROM, TO)[0] == 451
    assert sorted(_endpoints_that_failed(relay)) == sorted(map(str, ports))
    [line] = [x for x in relay.log().splitlines() if "event=milter_failed" in x]
    assert all(f"127.0.0.1:{port}" in line for port in ports)
    assert _healthy(relay) == 0
    with MilterServer(port=ports[0]) as back:
        until(lambda: relay.send(FROM, TO)[0] == 250, 20, "a filter that is back")
        assert back.messages
    assert "event=milter_answers" in relay.log()
