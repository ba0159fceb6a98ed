"""The clock jumps under a relay, or between two runs: nothing is lost, nothing
bounces because of a jump back, and retries go on."""

import pytest
from kit.faults import Faults
from kit.waiting import until

DAY = 24 * 3600


@pytest.fixture
def faults(tmp_path):
    return Faults(tmp_path, tmp_path / "relay" / "spool")


@pytest.fixture
def relay(make_relay, faults, sink):
    relay = make_relay(
        {
            "relayhost": f"[127.0.0.1]:{sink.port}",
            "queue": {"retry_waits": ["1s"], "maximal_queue_lifetime": "120h"},
        },
        name="relay",
        start=False,
    )
    relay.environment = faults.environment
    return relay.start()


def attempts(relay):
    return relay.metric("postern_mta_queue_attempts_total")


def defer_one(relay, sink):
    """One message that has been refused for now."""
    sink.replies["RCPT"] = "451 4.2.1 not now"
    assert relay.send("bob@example.org", "carol@elsewhere.test")[0] == 250
    until(lambda: attempts(relay) >= 1, 20, "an attempt")


def assert_retries_go_on(relay):
    before = attempts(relay)
    # It looks at the clock once a minute at the latest.
    until(lambda: attempts(relay) >= before + 2, 70, "two more attempts")


def assert_arrives_without_a_bounce(relay, sink):
    sink.replies.clear()
    relay.wait_for_empty_queue()
    assert len(sink.messages) == 1
    assert relay.mailbox("bob").count() == 0


@pytest.mark.parametrize("back", [DAY, 10 * DAY], ids=["1 day", "10 days"])
def test_retries_go_on_when_the_clock_goes_back(relay, faults, sink, back):
    defer_one(relay, sink)
    faults.move_clock(-back)
    assert_retries_go_on(relay)
    assert_arrives_without_a_bounce(relay, sink)


def test_retries_go_on_when_it_went_back_between_two_runs(relay, faults, sink):
    defer_one(relay, sink)
    relay.stop()
    faults.move_clock(-DAY)
    relay.start()
    assert_retries_go_on(relay)
    assert_arrives_without_a_bounce(relay, sink)


def test_mail_of_a_wrong_future_is_tried_when_the_clock_is_set_right(
    relay, faults, sink
):
    faults.move_clock(10 * DAY)
    defer_one(relay, sink)
    faults.move_clock(0)
    assert_retries_go_on(relay)
    assert_arrives_without_a_bounce(relay, sink)


@pytest.mark.parametrize("restarts", [False, True], ids=["running", "stopped"])
def test_what_is_too_old_after_a_jump_forward_has_one_attempt_more(
    relay, faults, sink, restarts
):
    defer_one(relay, sink)
    if restarts:
        relay.stop()
    sink.replies.clear()
    faults.move_clock(10 * DAY)
    if restarts:
        relay.start()
    relay.wait_for_empty_queue(timeout=70)
    assert len(sink.messages) == 1
    assert relay.mailbox("bob").count() == 0


def test_a_new_message_is_taken_and_delivered_after_each_jump(
    relay, faults, sink
):
    for count, offset in enumerate((10 * DAY, -DAY, 0), 1):
        faults.move_clock(offset)
        assert relay.send("bob@example.org", "carol@elsewhere.test")[0] == 250
        sink.wait_for(count)
    relay.wait_for_empty_queue()
    assert len(sink.messages) == 3
