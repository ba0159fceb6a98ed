"""posternctl queue adopt: the mail of a relay that is gone."""

from kit import zone
from kit.sink import Sink
from kit.waiting import until

FROM = "alice@example.org"


def waiting_relay(make_relay, count):
    relay = make_relay(
        {"queue": {"retry_waits": ["1h"]}},
        zone=zone.mail_domain("partner.test", "127.0.0.1"),
    )
    for i in range(count):
        assert relay.send(FROM, f"user{i}@partner.test")[0] == 250
    until(
        lambda: relay.metric("postern_mta_queue_messages", state="deferred") == count,
        10,
        "all of it waits",
    )
    return relay


def test_the_mail_of_a_killed_relay_arrives_through_another(make_relay):
    gone = waiting_relay(make_relay, 20)
    heir = waiting_relay(make_relay, 1)
    spool = gone.config["queue"]["directory"]
    refused = heir.ctl("queue", "adopt", spool)
    assert refused.returncode == 1 and "Adopted" not in refused.stdout
    gone.kill()
    adopted = heir.ctl("queue", "adopt", spool)
    assert (adopted.returncode, adopted.stdout) == (0, "Adopted: 20\n")
    # They wait as they did there.
    assert heir.metric("postern_mta_queue_messages", state="deferred") == 21
    assert heir.ctl("queue", "adopt", spool).stdout == "Adopted: 0\n"
    with Sink(heir.next_hop_port) as sink:
        assert heir.ctl("queue", "flush", "--all").stdout == "Due now: 21\n"
        messages = sink.wait_for(21)
    assert len({m.recipients[0] for m in messages[:21]}) == 20
    gone.start()
    assert gone.metric("postern_mta_queue_messages") == 0
