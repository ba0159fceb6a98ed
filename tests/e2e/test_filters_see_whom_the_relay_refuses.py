"""Recipients that the relay refuses are shown to the filters that ask for them,
with the macros of Postfix; what a filter says of them is of no account."""

from kit import milter_server as milter
from kit.milter_server import MilterServer
from kit.sink import Sink

FROM, TO, STRANGER = "a@sender.test", "b@elsewhere.test", "c@stranger.test"


def test_rejected_recipients_are_shown_to_who_wants_them(make_relay):
    told_of = {}

    def keep(told):
        told_of[told.recipients[-1][0]] = dict(told.macros)
        return [milter.REJECT if STRANGER in told.recipients[-1][0] else milter.CONTINUE]

    curious = MilterServer(steps=milter.REJECTED_RECIPIENTS)
    with Sink() as sink, MilterServer() as other, curious:
        curious.replies["R"] = keep
        relay = make_relay(
            {
                "relayhost": f"[127.0.0.1]:{sink.port}",
                "relay_domains": ["elsewhere.test"],
                "smtpd_relay_restrictions": ["reject_unauth_destination"],
                "filters": {
                    "milters": [
                        {"name": name, "endpoints": [f"inet:127.0.0.1:{server.port}"]}
                        for name, server in (("a", other), ("b", curious))
                    ],
                    "smtpd_milters": ["a", "b"],
                },
            }
        )
        with relay.client() as client:
            client.sendmail(FROM, [STRANGER, TO], "Subject: s\r\n\r\ntext\r\n")
        assert sink.wait_for(1)[0].recipients == [TO]
        assert other.messages[0].recipients == [[f"<{TO}>"]]
    why = told_of[f"<{STRANGER}>"]
    assert (why["rcpt_mailer"], why["rcpt_host"]) == ("error", "5.7.1")
    assert why["rcpt_addr"] == "Relay access denied"
    assert told_of[f"<{TO}>"]["rcpt_addr"] == TO
