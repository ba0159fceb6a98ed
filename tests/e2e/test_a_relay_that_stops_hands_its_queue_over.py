"""SIGTERM and `handoff`: what is left goes to other relays as it stands."""

import smtplib

from kit import zone
from kit.certificate import Certificate
from kit.replicas import event, make_replicas, waiting
from kit.sink import Sink
from kit.waiting import free_port, until

FROM = "alice@example.org"
CONFIG = {"queue": {"retry_waits": ["1h"]}}
# Nobody listens at the next hop's port of this address.
ZONE = zone.mail_domain("later.test", "127.0.0.2")


def fill(relay, count, first=0):
    """Mail that waits for its next attempt."""
    with relay.client() as client:
        for i in range(first, first + count):
            recipient = f"user{i}@later.test"
            client.sendmail(
                FROM,
                [recipient],
                f"Subject: {i}\r\n\r\n.\r\n{i}\r\n",
                mail_options=["ENVID=e1", "RET=HDRS"],
                rcpt_options=[
                    "NOTIFY=FAILURE,DELAY",
                    f"ORCPT=rfc822;{recipient}",
                ],
            )
    until(
        lambda: relay.metric("postern_mta_queue_messages", state="deferred")
        == first + count,
        20,
        "all of it waits",
    )


def set_zones(relays):
    for relay in relays:
        relay.set_zone(ZONE)


def test_what_waits_goes_to_a_peer_with_its_age_and_failures(make_relay, folder):
    relays = make_replicas(make_relay, folder, 2, CONFIG, start=False)
    set_zones(relays)
    leaving, staying = (relay.start() for relay in relays)
    fill(leaving, 40)
    held = leaving.listed()[3]
    assert leaving.ctl("queue", "hold", held["queue_id"]).returncode == 0
    before = waiting(leaving)
    assert leaving.stop() == 0
    after = waiting(staying)
    assert after == before
    states = [state for _, _, state in after.values()]
    assert len(states) == 40 and sum("HELD" in state for state in states) == 1
    # Its story goes on in the peer's log.
    given = {e["queue_id"]: e["peer_queue_id"] for e in event(leaving, "handed_off")}
    taken = {
        e["origin_queue_id"]: e["queue_id"]
        for e in event(staying, "handoff_accepted")
    }
    assert given == taken and len(given) == 40
    assert event(leaving, "handoff_ended")[0]["remaining"] == "0"
    # What the sender asked for is still known.
    with Sink(staying.next_hop_port, host="127.0.0.2") as sink:
        sink.replies["EHLO"] = "250-sink\r\n250 DSN"
        staying.ctl("queue", "release", held_there(staying))
        staying.ctl("queue", "flush", "--all")
        sink.wait_for(40)
    mail = next(c for c in sink.commands if c.startswith("MAIL"))
    assert "RET=HDRS" in mail and "ENVID=e1" in mail
    rcpt = next(c for c in sink.commands if c.startswith("RCPT TO:<user0@"))
    assert "NOTIFY=FAILURE,DELAY" in rcpt and "ORCPT=rfc822;user0@later.test" in rcpt
    arrived = {m.recipients[0]: m.content for m in sink.messages}
    assert b"Subject: 7\r\n" in arrived["user7@later.test"]
    assert arrived["user7@later.test"].endswith(b"\r\n\r\n.\r\n7\r\n")
    # Nothing is left to be handed over a second time.
    leaving.start()
    assert leaving.metric("postern_mta_queue_messages") == 0


def held_there(relay):
    return next(m["queue_id"] for m in relay.listed() if "HELD" in m["state"])


def test_a_peer_that_is_away_leaves_the_mail_on_the_volume(make_relay, folder):
    relays = make_replicas(make_relay, folder, 2, CONFIG, start=False)
    set_zones(relays)
    leaving = relays[0].start()
    fill(leaving, 5)
    before = waiting(leaving)
    assert leaving.stop() == 0
    remains = event(leaving, "queue_remains")
    assert remains[0]["messages"] == "5"
    assert "refused" in leaving.log().split("event=queue_remains")[1]
    leaving.start()
    assert waiting(leaving) == before
    # Now it is there.
    relays[1].start()
    assert leaving.stop() == 0
    assert waiting(relays[1]) == before


def test_a_peer_with_another_secret_gets_nothing(make_relay, folder):
    relays = make_replicas(make_relay, folder, 2, CONFIG, start=False)
    set_zones(relays)
    other = folder / "another-secret"
    other.write_text("x" * 64)
    relays[1].config["handoff"]["secret_file"] = str(other)
    leaving, stranger = (relay.start() for relay in relays)
    fill(leaving, 3)
    assert leaving.stop() == 0
    assert "it does not know our secret" in leaving.log()
    assert stranger.metric("postern_mta_queue_messages") == 0
    leaving.start()
    assert leaving.metric("postern_mta_queue_messages") == 3


def test_those_who_stop_together_keep_what_they_have(make_relay, folder):
    relays = make_replicas(make_relay, folder, 2, CONFIG, start=False)
    set_zones(relays)
    for i, relay in enumerate(relays):
        relay.config["daemon"]["drain"] = {"delay": "1s", "timeout": "20s"}
        relay.start()
        fill(relay, 5)
    before = [waiting(relay) for relay in relays]
    for relay in relays:
        relay.process.terminate()
    for relay in relays:
        assert relay.wait() == 0
        relay.start()
    assert [waiting(relay) for relay in relays] == before


def test_only_a_relay_is_offered_it(make_relay, folder):
    relays = make_replicas(make_relay, folder, 1, start=False)
    relays[0].config["handoff"]["networks"] = ["127.0.0.77/32"]
    relay = relays[0].start()
    with relay.client() as client:
        client.ehlo()
        assert not client.has_extn("xhandoff")
        assert client.docmd("XHANDOFF", "HELLO " + "00" * 16)[0] == 502
    with relay.client(source="127.0.0.77") as client:
        client.ehlo()
        assert client.has_extn("xhandoff")
        assert client.docmd("XHANDOFF", "HELLO " + "00" * 16)[0] == 250
        assert client.docmd("XHANDOFF", "PROOF " + "00" * 32)[0] == 535
        try:
            assert client.noop()[0] == -1
        except smtplib.SMTPServerDisconnected:
            pass
    assert event(relay, "handoff_forged")


def test_under_tls_the_peers_prove_themselves_through_it(make_relay, folder):
    certificate = Certificate(folder, "relay.test")
    relays = make_replicas(make_relay, folder, 2, CONFIG, start=False)
    set_zones(relays)
    for relay in relays:
        relay.config["handoff"]["tls_security_level"] = "encrypt"
    relays[1].config["smtpd_tls_security_level"] = "may"
    relays[1].config["smtpd_tls_chain_files"] = [str(certificate.file)]
    leaving, staying = (relay.start() for relay in relays)
    fill(leaving, 3)
    before = waiting(leaving)
    assert leaving.stop() == 0
    assert waiting(staying) == before
    assert event(staying, "tls_started")
    # The other way there is no TLS, so it stays.
    leaving.start()
    assert staying.stop() == 0
    assert "TLS is required, but was not offered" in staying.log()
    assert leaving.metric("postern_mta_queue_messages") == 0


def test_a_wrong_block_starts_nothing(make_relay, folder):
    relay = make_relay(
        {"handoff": {"peers": [f"127.0.0.1:{free_port()}"]}}, start=False
    )
    relay.launch()
    assert relay.wait() == 78
    assert "handoff.secret_file: must be set" in relay.log()
