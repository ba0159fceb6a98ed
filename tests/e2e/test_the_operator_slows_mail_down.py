"""posternctl relay: what goes on, and how to stop, slow and reload it."""

import json

import pytest

from kit import zone
from kit.sink import Sink
from kit.waiting import until

FROM = "alice@example.org"
DEFERRED = "postern_mta_queue_messages"


@pytest.fixture
def relay(make_relay):
    return make_relay(
        {
            "queue": {"retry_waits": ["1h"]},
            "smtp": {
                "destination_limits": [
                    {"name": "slow", "destinations": ["other.test"],
                     "destination_concurrency_limit": 3}
                ]
            },
        },
        zone=[
            *zone.mail_domain("partner.test", "127.0.0.1"),
            *zone.mail_domain("other.test", "127.0.0.1"),
        ],
    )


def done(relay, *words):
    result = relay.ctl("relay", *words)
    assert result.returncode == 0, result.stderr
    return result.stdout


def status(relay):
    result = relay.ctl("--json", "relay", "status")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def wait_deferred(relay, count):
    until(
        lambda: relay.metric(DEFERRED, state="deferred") == count,
        20,
        f"{count} are deferred",
    )


def test_suspended_mail_waits_over_a_restart_until_it_is_resumed(relay):
    with Sink(relay.next_hop_port) as sink:
        done(relay, "suspend", "partner.test", "--reason", "they are moving")
        relay.send(FROM, "carol@partner.test")
        relay.send(FROM, "dan@other.test")
        sink.wait_for(1)
        wait_deferred(relay, 1)
        assert "suspended by the operator: they are moving" in relay.queue()
        relay.restart()
        [suspended] = status(relay)["suspended"]
        assert suspended["pattern"] == "partner.test"
        relay.send(FROM, "eve@partner.test")
        wait_deferred(relay, 2)
        assert [m.recipients for m in sink.messages] == [["dan@other.test"]]
        assert done(relay, "resume", "partner.test") == "Resumed: 1\nDue now: 2\n"
        assert len(sink.wait_for(3)) == 3
        relay.wait_for_empty_queue()
    assert relay.ctl("relay", "resume", "partner.test").returncode == 1


def test_a_suspension_ends_by_itself_and_may_be_of_all(relay):
    with Sink(relay.next_hop_port) as sink:
        done(relay, "suspend", "all", "--for", "1h")
        relay.send(FROM, "carol@partner.test")
        wait_deferred(relay, 1)
        assert "all" in done(relay, "status")
        done(relay, "suspend", "all", "--for", "1s")
        until(lambda: "suspended" not in done(relay, "status").lower(), 10, "its end")
        assert relay.ctl("queue", "flush", "--all").returncode == 0
        sink.wait_for(1)
    wrong = relay.ctl("relay", "suspend", "a.test", "--for", "soon")
    assert wrong.returncode == 64


def test_status_names_what_is_down_and_why(relay):
    for i in range(6):
        relay.send(FROM, f"user{i}@partner.test")
    wait_deferred(relay, 6)
    now = status(relay)
    [destination] = now["destinations"]
    assert destination["down_until"] and "refused" in destination["latest_trouble"]
    assert (now["deferred"], now["destinations_down"]) == ("6", "1")
    assert "refused" in done(relay, "status")


def concurrency(relay):
    result = relay.ctl("--json", "relay", "limits")
    return {
        " ".join(limit["patterns"]): limit["concurrency"]
        for limit in json.loads(result.stdout)["limits"]
    }


def test_limits_change_until_the_reload(relay):
    assert concurrency(relay) == {"other.test": 3, "*": 20}
    done(relay, "limits", "other.test", "--concurrency", "1", "--rate-delay", "1s")
    assert "(changed)" in done(relay, "limits")
    assert concurrency(relay)["other.test"] == 3  # The block, behind the change.
    assert done(relay, "reload") == "Reloaded\n"
    assert "(changed)" not in done(relay, "limits")
    for wrong in (["other.test"], ["other.test", "--concurrency", "0"]):
        assert relay.ctl("relay", "limits", *wrong).returncode == 64


def test_a_reload_brings_new_limits(relay):
    limits = relay.config["smtp"]["destination_limits"]
    limits.append({"name": "new", "destinations": ["new.test"],
                   "destination_concurrency_limit": 2})
    limits[0]["destination_concurrency_limit"] = 7
    relay.write_config()
    assert done(relay, "reload") == "Reloaded\n"
    assert concurrency(relay) == {"other.test": 7, "new.test": 2, "*": 20}
    limits[0]["destinations"] = [""]
    relay.write_config()
    assert "destination_limits" in relay.ctl("relay", "reload").stderr
    assert concurrency(relay)["other.test"] == 7


def test_a_reload_says_what_is_wrong(relay):
    relay.config["mynetworks"] = ["nonsense"]
    relay.write_config()
    refused = relay.ctl("relay", "reload")
    assert refused.returncode == 1 and "mynetworks" in refused.stderr
    relay.config["mynetworks"] = ["127.0.0.1/32"]
    relay.write_config()
    assert done(relay, "reload") == "Reloaded\n"


def test_a_drain_ends_the_relay(relay):
    done(relay, "drain")
    assert relay.wait() == 0
    assert relay.ctl("relay", "status").returncode == 1


def test_a_message_ends_with_one_line(relay):
    with Sink(relay.next_hop_port, replies={"RCPT no@partner.test": "550 5.1.1 no"}):
        relay.send(FROM, ["carol@partner.test", "no@partner.test"])
        relay.wait_for_empty_queue()
    relay.send(FROM, "dan@other.test")
    wait_deferred(relay, 1)
    assert relay.ctl("queue", "delete", "--all").returncode == 0
    until(lambda: relay.log().count("event=removed") == 3, 10, "their last lines")
    lines = [line for line in relay.log().splitlines() if "event=removed" in line]
    ids = [line.split("queue_id=")[1].split()[0] for line in lines]
    assert len(set(ids)) == 3  # With the bounce.
    [both] = [line for line in lines if "nrcpt=2" in line]
    assert "attempts=1 delivered=1 bounced=1" in both and "delays=" in both
    [deleted] = [line for line in lines if "deleted=1" in line]
    assert "attempts=1 delivered=0" in deleted
