"""The same dialogue with a real Postfix and with our relay: a policy service
must not be able to tell them apart."""

import smtplib

import pytest
from kit.policy_service import PolicyService
from kit.relay import STRANGER

LISTS = ["client", "helo", "sender", "recipient", "data", "end_of_data"]
# Postfix 3.8 and 3.12 send these; Debian's is 3.7.
NEWER = ["compatibility_level", "mail_version", "tls_sni"]
# Of each program and connection.
DIFFERS = ["client_port", "server_port", "instance"]


def postfix_questions(make_postfix, delay_reject):
    with PolicyService() as service:
        postfix = make_postfix(
            f"smtpd_delay_reject = {delay_reject}\n"
            "smtpd_policy_service_policy_context = here\n"
            + "".join(
                f"smtpd_{name}_restrictions = check_policy_service "
                f"inet:127.0.0.1:{service.port}\n"
                for name in LISTS
            )
        )
        dialogue(postfix.port)
        return of_the_dialogue(service)


def relay_questions(make_relay, delay_reject):
    with PolicyService() as service:
        relay = make_relay(
            {
                "smtpd_delay_reject": delay_reject == "yes",
                "smtpd_policy_service_policy_context": "here",
                **{
                    f"smtpd_{name}_restrictions": [
                        f"check_policy_service inet:127.0.0.1:{service.port}"
                    ]
                    for name in LISTS
                },
            }
        )
        dialogue(relay.port)
        return of_the_dialogue(service)


def session(port):
    return smtplib.SMTP(
        "127.0.0.1", port, source_address=(STRANGER, 0), timeout=20
    )


def dialogue(port):
    """Two messages: one to two recipients with EHLO, one to one with HELO."""
    with session(port) as client:
        client.ehlo("client.test")
        client.mail("a@sender.test", ["SIZE=123"])
        for user in ("alice", "bob"):
            code, text = client.rcpt(f"{user}@example.org")
            assert code == 250, text
        client.data(b"Subject: two\r\n\r\ntext\r\n")
    with session(port) as client:
        client.helo("other.test")
        client.mail("")
        client.rcpt("alice@example.org")
        client.data(b"Subject: one\r\n\r\ntext\r\n")


def of_the_dialogue(service):
    """Without those of whoever looked whether the server listens."""
    return [q for q in service.questions if q["client_address"] == STRANGER]


def comparable(question):
    known = {k: v for k, v in question.items() if k not in NEWER}
    for name in DIFFERS:
        known[name] = bool(known[name])
    # Ours has its name from MAIL on, Postfix's when a recipient was accepted.
    if known.pop("queue_id"):
        assert known["protocol_state"] not in ("CONNECT", "EHLO", "HELO")
    # The same for the instance, which Postfix does not know at MAIL.
    if known["protocol_state"] == "MAIL":
        known.pop("instance")
    if known["protocol_state"] == "END-OF-MESSAGE":
        known["size"] = int(known["size"]) > 0
    return known


@pytest.mark.parametrize("delay_reject", ["yes", "no"])
def test_every_question_of_a_dialogue_is_the_same(
    make_postfix, make_relay, delay_reject
):
    wanted = postfix_questions(make_postfix, delay_reject)
    given = relay_questions(make_relay, delay_reject)
    states = [question["protocol_state"] for question in wanted]
    assert [question["protocol_state"] for question in given] == states
    for ours, theirs in zip(given, wanted):
        assert [name for name in ours if name not in NEWER] == list(theirs)
        state = ours["protocol_state"]
        assert comparable(ours) == comparable(theirs), state


def test_an_instance_is_the_same_for_one_message_only(make_postfix, make_relay):
    for ask, make in (
        (postfix_questions, make_postfix),
        (relay_questions, make_relay),
    ):
        questions = [q for q in ask(make, "yes") if q["protocol_state"] == "RCPT"]
        of_sender = {
            sender: {q["instance"] for q in questions if q["sender"] == sender}
            for sender in ("a@sender.test", "")
        }
        assert len(of_sender["a@sender.test"]) == 1
        assert len(of_sender[""]) == 1
        assert of_sender["a@sender.test"] != of_sender[""]
