"""Mail filters (milters) in front of the queue: what they are told, what becomes
of what they say, and what happens without them."""

import smtplib
import time

import pytest
from kit import milter_server as milter
from kit.milter_server import MilterServer
from kit.program import run_once
from kit.sink import Sink
from kit.waiting import free_port, until

FROM, TO = "alice@sender.test", "bob@elsewhere.test"
WHO = f"From: {FROM}\r\nDate: Sun, 29 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@sender.test>\r\n"
TEXT = f"{WHO}Subject: s\r\nX-A: 1\r\nX-B: 2\r\nX-A: 3\r\n\r\nbody\r\n"


@pytest.fixture
def filtered(make_relay):
    """Makes a relay with filters; `lines` are smtpd_milters."""

    def make(*servers, lines=None, sink=None, on_failure=None, **settings):
        milters = []
        for number, server in enumerate(servers):
            entry = {"name": f"m{number}", "endpoints": [_name_of(server)]}
            for what in ("connect", "command", "content"):
                entry[f"{what}_timeout"] = "2s"
            if on_failure:
                entry["on_failure"] = on_failure
            entry.update(settings.get("milter", {}))
            milters.append(entry)
        if lines is None:
            lines = [entry["name"] for entry in milters]
        config = {
            "relay_domains": ["elsewhere.test"],
            "filters": {"milters": milters, "smtpd_milters": lines},
            "queue": {"retry_waits": ["1h"]},
        }
        config["filters"].update(settings.get("filters", {}))
        if sink:
            config["relayhost"] = f"[127.0.0.1]:{sink.port}"
        return make_relay(config)

    return make


def _name_of(server):
    if isinstance(server, MilterServer):
        return f"inet:127.0.0.1:{server.port}"
    return server


def test_a_filter_is_told_of_a_session_and_its_message(filtered, one, sink):
    relay = filtered(one, sink=sink)
    assert relay.send(FROM, TO, content=TEXT)[0] == 250
    [told] = one.messages
    assert told.connect.split(b"\0")[0] in (b"localhost", b"[127.0.0.1]")
    assert b"127.0.0.1" in told.connect
    assert told.helo
    assert told.sender[0] == f"<{FROM}>"
    assert told.recipients == [[f"<{TO}>"]]
    assert told.headers[3:] == [("Subject", "s"), ("X-A", "1"), ("X-B", "2"), ("X-A", "3")]
    assert [name for name, _ in told.headers[:3]] == ["From", "Date", "Message-ID"]
    assert told.body == b"body\r\n"
    macros = told.macros
    assert macros["mail_addr"] == FROM and macros["rcpt_addr"] == TO
    assert macros["j"] == macros["daemon_name"]
    assert macros["client_addr"] == "127.0.0.1" and macros["v"] == "Postern"
    assert f"queue_id={macros['i']}" in relay.log()
    assert one.offers[0][0] == 6


def test_header_values_have_their_bytes(filtered, sink):
    with MilterServer(steps=milter.LEADING_SPACE) as server:
        relay = filtered(server, sink=sink)
        text = "Subject:none\r\nX-A:\ttab\r\n folded\r\n\r\nbody\r\n"
        assert relay.send(FROM, TO, content=text)[0] == 250
    headers = dict(server.messages[0].headers)
    assert headers["Subject"] == "none"
    assert headers["X-A"].replace("\r", "") == "\ttab\n folded"
    assert b"X-A:\ttab\r\n folded\r\n" in sink.wait_for(1)[0].content


def test_every_change_is_made(filtered, one, sink):
    one.changes = [
        milter.insert_header(0, "X-Top", "t"),
        milter.change_header(2, "x-a", "changed"),
        milter.change_header(1, "X-B", ""),
        milter.add_header("X-End", "e"),
        milter.change_sender("<new@sender.test>"),
        milter.add_recipient("<carol@elsewhere.test>"),
        milter.delete_recipient(f"<{TO}>"),
        milter.replace_body(b"new\r\n"),
        milter.replace_body(b"more\r\n"),
    ]
    relay = filtered(one, sink=sink)
    assert relay.send(FROM, TO, content=TEXT)[0] == 250
    [mail] = sink.wait_for(1)
    assert mail.sender == "new@sender.test"
    assert mail.recipients == ["carol@elsewhere.test"]
    header, body = mail.content.split(b"\r\n\r\n", 1)
    assert body == b"new\r\nmore\r\n"
    lines = header.decode().split("\r\n")
    assert lines[0] == "X-Top: t" and lines[1].startswith("Received:")
    assert lines[-4:] == ["Subject: s", "X-A: 1", "x-a: changed", "X-End: e"]


@pytest.mark.parametrize("kib", [1, 63, 64, 65, 700])
def test_a_message_of_any_size_keeps_its_body(filtered, one, sink, kib):
    one.changes = [milter.insert_header(0, "X-Top", "t" * 500)]
    relay = filtered(one, sink=sink)
    body = b"".join(b"%06d\r\n" % n for n in range(kib * 128))
    assert relay.send(FROM, TO, content=b"Subject: s\r\n\r\n" + body)[0] == 250
    [mail] = sink.wait_for(1)
    assert mail.content.startswith(b"X-Top: ttt")
    assert mail.content.split(b"\r\n\r\n", 1)[1] == body
    assert one.messages[0].body == body


def test_the_next_filter_sees_what_the_first_has_changed(filtered, one, other, sink):
    one.changes = [
        milter.insert_header(0, "X-One", "1"),
        milter.replace_body(b"of the first\r\n"),
    ]
    relay = filtered(one, other, sink=sink)
    assert relay.send(FROM, TO, content=TEXT)[0] == 250
    [told] = other.messages
    assert told.headers[0] == ("X-One", "1")
    assert told.body == b"of the first\r\n"
    assert b"of the first" in sink.wait_for(1)[0].content


def test_members_of_a_group_are_asked_side_by_side(filtered, one, other, sink):
    one.delay["E"] = other.delay["E"] = 1.0
    one.changes = [milter.insert_header(0, "X-One", "1")]
    other.changes = [milter.insert_header(0, "X-Two", "2")]
    relay = filtered(one, other, lines=["m0 m1"], sink=sink)
    begun = time.monotonic()
    assert relay.send(FROM, TO, content=TEXT)[0] == 250
    assert time.monotonic() - begun < 1.9
    assert ("X-One", "1") not in other.messages[0].headers
    assert sink.wait_for(1)[0].content.startswith(b"X-Two: 2\r\nX-One: 1\r\n")


REFUSALS = [
    ([milter.REJECT], "550 5.7.1 Command rejected"),
    ([milter.TEMPFAIL], "451 4.7.1 Service unavailable"),
    ([milter.reply_code("554 5.7.9 not\tthis")], "554 5.7.9 not?this"),
    ([milter.reply_code("550-5.7.1 one\r\n550 5.7.1 two")], "550 5.7.1 one"),
]


@pytest.mark.parametrize("letter_", "MRTLNE")
@pytest.mark.parametrize("packets, said", REFUSALS, ids=["r", "t", "y", "ml"])
def test_a_refusal_counts_at_every_stage(filtered, one, letter_, packets, said):
    one.replies[letter_] = packets
    relay = filtered(one)
    code, text = relay.send(FROM, TO, content=TEXT)
    assert f"{code} {text}".startswith(said)
    assert relay.metric("postern_mta_queue_messages") == 0
    one.replies.clear()
    assert relay.send(FROM, TO, content=TEXT)[0] == 250


def test_a_refused_recipient_is_not_the_end(filtered, one, sink):
    def unless_carol(told):
        refused = told.recipients[-1][0] == "<carol@elsewhere.test>"
        return [milter.REJECT] if refused else [milter.CONTINUE]

    one.replies["R"] = unless_carol
    relay = filtered(one, sink=sink)
    with relay.client() as client:
        client.sendmail(FROM, ["carol@elsewhere.test", TO], TEXT)
    assert sink.wait_for(1)[0].recipients == [TO]


@pytest.mark.parametrize("letter_", "MRE")
def test_what_is_discarded_is_taken_and_gone(filtered, one, letter_):
    one.replies[letter_] = [milter.DISCARD]
    relay = filtered(one)
    assert relay.send(FROM, TO, content=TEXT)[0] == 250
    assert "event=discarded" in relay.log()
    assert relay.metric("postern_mta_queue_messages") == 0


def test_quarantine_is_hold(filtered, one):
    one.changes = [milter.quarantine("strange")]
    relay = filtered(one)
    assert relay.send(FROM, TO, content=TEXT)[0] == 250
    assert relay.metric("postern_mta_queue_messages", state="held") == 1
    assert "event=milter_quarantine" in relay.log() and "strange" in relay.log()


@pytest.mark.parametrize(
    "on_failure, code, held",
    [
        ("accept", 250, 0),
        ("tempfail", 451, 0),
        ("reject", 550, 0),
        ("quarantine", 250, 1),
    ],
)
@pytest.mark.parametrize("how", ["away", "hangs up", "hangs", "nonsense"])
def test_a_filter_that_fails(filtered, one, how, on_failure, code, held):
    """MTA-28: nothing of half a change is made."""
    if how == "away":
        server = f"inet:127.0.0.1:{free_port()}"
    else:
        server = one
        one.changes = [milter.insert_header(0, "X-Half", "1")]
        one.replies["E"] = {"hangs up": None, "nonsense": [b"?what"]}.get(how)
        if how == "hangs up":
            one.replies["E"] = lambda told: None
        if how == "hangs":
            one.delay["E"] = 8
            one.replies["E"] = [milter.CONTINUE]
    relay = filtered(server, on_failure=on_failure)
    assert relay.send(FROM, TO, content=TEXT)[0] == code
    assert relay.metric("postern_mta_queue_messages", state="held") == held
    assert relay.metric("postern_mta_milter_failures_total", milter="m0") >= 1
    assert "event=milter_failed" in relay.log()
    for message in relay.listed():
        shown = relay.ctl("queue", "show", message["queue_id"])
        assert "X-Half" not in shown.stdout


def test_a_failure_ends_with_its_transaction(filtered, one, sink):
    one.replies["M"] = lambda told: None
    relay = filtered(one, sink=sink)
    with relay.client() as client:
        client.ehlo()
        assert client.mail(FROM)[0] == 451
        one.replies.clear()
        assert client.mail(FROM)[0] == 250
        assert client.rcpt(TO)[0] == 250
        assert client.data(TEXT)[0] == 250
    sink.wait_for(1)
    assert one.messages[0].helo and one.messages[0].connect


def test_a_filter_may_be_restarted_between_two_messages(filtered, sink):
    with MilterServer() as first:
        relay = filtered(first, sink=sink)
        with relay.client() as client:
            client.sendmail(FROM, [TO], TEXT)
            first.close()
            with MilterServer(port=first.port) as second:
                client.sendmail(FROM, [TO], TEXT)
    assert second.messages[0].helo == first.messages[0].helo
    assert relay.metric("postern_mta_milter_failures_total") == 0


def test_hello_is_said_once_over_a_new_connection(filtered, one, sink):
    one.replies["M"] = lambda told: None
    relay = filtered(one, sink=sink)
    with relay.client() as client:
        client.ehlo()
        assert client.mail(FROM)[0] == 451
        one.commands.clear()
        one.replies.clear()
        client.ehlo()
        assert client.mail(FROM)[0] == 250
    assert one.commands.count("C") == 1 and one.commands.count("H") == 1


def test_filters_are_told_of_what_is_no_command(filtered, one):
    relay = filtered(one)
    with relay.client() as client:
        client.ehlo()
        assert client.docmd("FROBNICATE", "now")[0] == 500
        until(lambda: "U" in one.commands, 10, "the command")
        one.replies["U"] = [milter.reply_code("550 5.7.0 go away")]
        assert client.docmd("FROBNICATE", "now") == (550, b"5.7.0 go away")
        one.replies["U"] = [b"4"]  # SHUTDOWN.
        assert client.docmd("FROBNICATE", "now")[0] == 421
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()


@pytest.mark.parametrize("packet", [b"4", b"f"], ids=["SHUTDOWN", "CONN_FAIL"])
def test_a_filter_may_turn_the_client_off(filtered, one, packet):
    one.replies["R"] = [packet]
    relay = filtered(one)
    with relay.client() as client:
        client.ehlo()
        assert client.mail(FROM)[0] == 250
        assert client.rcpt(TO)[0] == 421
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()


def test_connections_are_used_for_the_next_client(filtered, one, sink):
    relay = filtered(one, sink=sink, milter={"reuse_connections": True})
    for _ in range(5):
        assert relay.send(FROM, TO, content=TEXT)[0] == 250
    assert one.commands.count("K") >= 4
    assert one.connections <= 2  # One a reactor.


def test_connections_are_not_used_again_unless_the_filter_can(filtered, one, sink):
    relay = filtered(one, sink=sink)
    for _ in range(3):
        assert relay.send(FROM, TO, content=TEXT)[0] == 250
    assert one.commands.count("K") == 0
    until(lambda: one.commands.count("Q") == 3, 10, "good-byes")
    assert one.connections == 3


def test_several_addresses_stand_in_for_each_other(filtered, one, sink):
    dead = f"inet:127.0.0.1:{free_port()}"
    relay = filtered(
        one, sink=sink, milter={"endpoints": [dead, f"inet:127.0.0.1:{one.port}"]}
    )
    for _ in range(3):
        assert relay.send(FROM, TO, content=TEXT)[0] == 250
    assert len(one.messages) == 3


def test_a_unix_socket_will_do(filtered, folder, sink):
    with MilterServer(path=folder / "m.sock") as server:
        relay = filtered(f"unix:{folder}/m.sock", sink=sink)
        assert relay.send(FROM, TO, content=TEXT)[0] == 250
        assert len(server.messages) == 1


def test_old_filters_are_spoken_to(filtered, sink):
    for version in (2, 3, 4):
        with MilterServer(version=version, actions=0x3F) as server:
            server.changes = [milter.add_header("X-Old", str(version))]
            relay = filtered(server, sink=sink)
            assert relay.send(FROM, TO, content=TEXT)[0] == 250
            until(lambda: sink.messages, 10)
            assert b"X-Old: %d" % version in sink.messages.pop().content


def test_clients_and_recipients_may_be_spared(filtered, one, sink):
    relay = filtered(
        one,
        sink=sink,
        filters={"smtpd_milter_maps": ["inline:{127.0.0.9=DISABLE}"]},
        milter={"skip_recipient_maps": ["inline:{dave@elsewhere.test=x}"]},
    )
    assert relay.send(FROM, TO, content=TEXT, source="127.0.0.9")[0] == 250
    assert one.connections == 0
    assert relay.send(FROM, "dave@elsewhere.test", content=TEXT)[0] == 250
    assert one.messages == []
    assert relay.send(FROM, ["dave@elsewhere.test", TO], content=TEXT)[0] == 250
    assert one.messages[0].recipients == [[f"<{TO}>"]]


@pytest.mark.parametrize(
    "filters, why",
    [
        ({"smtpd_milters": ["nobody"]}, "there is no filter nobody"),
        ({"milters": [{"name": "a b", "endpoints": ["inet:127.0.0.1:1"]}]}, "name"),
        ({"milters": [{"name": "a"}]}, "endpoints"),
        ({"milters": [{"name": "a", "endpoints": ["nonsense"]}]}, "endpoints"),
    ],
)
def test_a_wrong_configuration_starts_nothing(folder, filters, why):
    checked = run_once("mta", "--check", config={"filters": filters}, folder=folder)
    assert checked.returncode != 0 and why in checked.stderr


def test_mail_of_our_own_is_shown_to_filters_too(filtered, one, folder):
    one.changes = [milter.insert_header(0, "X-Signed", "yes")]
    relay = filtered(one, lines=[], filters={"non_smtpd_milters": ["m0"]})
    assert relay.send("alice@example.org", "nobody@example.org", content=TEXT)[0] != 250
    assert one.messages == []
    with Sink(replies={"RCPT": "550 5.1.1 no"}) as sink:
        relay.config["relayhost"] = f"[127.0.0.1]:{sink.port}"
        relay.stop()
        relay.start()
        assert relay.send("alice@example.org", TO, content=TEXT)[0] == 250
        until(lambda: relay.mailbox("alice").count() == 1, 20, "the bounce")
    [bounce] = relay.mailbox("alice").messages()
    assert bounce["X-Signed"] == "yes"
    [told] = one.messages
    assert told.sender[0] == "<>" and told.recipients == [["<alice@example.org>"]]
    assert told.macros["i"] in relay.log()
