"""check_policy_service with several endpoints: one that fails is followed by
the next, and a dead service never stops the mail without saying so."""

from kit.policy_service import PolicyService
from kit.relay import STRANGER
from kit.waiting import free_port


def test_a_second_endpoint_answers_for_the_first(make_relay):
    with PolicyService(lambda q: "REJECT two") as two:
        dead = free_port()
        relay = make_relay(
            {
                "smtpd_recipient_restrictions": [
                    "check_policy_service { inet:policy.test:%d, "
                    "inet:policy.test:%d }" % (dead, two.port)
                ]
            },
            zone=["policy.test. 300 IN A 127.0.0.1"],
        )
        for _ in range(4):
            code, text = relay.send("a@sender.test", "alice@example.org", STRANGER)
            assert code == 554 and text.endswith("two"), text
        service = f"policy.test:{dead},policy.test:{two.port}"
        assert (
            relay.metric("postern_mta_policy_healthy_endpoints", service=service)
            == 1
        )


def test_an_endpoint_that_hangs_up_is_followed_by_the_next(make_relay):
    with PolicyService(lambda q: None) as one, PolicyService() as two:
        relay = make_relay(
            {
                "smtpd_recipient_restrictions": [
                    "check_policy_service { inet:127.0.0.1:%d, "
                    "inet:127.0.0.1:%d, default_action=REJECT }"
                    % (one.port, two.port)
                ]
            }
        )
        for _ in range(4):
            code, text = relay.send("a@sender.test", "alice@example.org", STRANGER)
            assert code == 250, text
        assert len(two.questions) == 4
        assert two.connections == 1, "connections are kept"
        assert len(one.questions) < 4, "who fails is left out"


def test_a_dead_service_is_logged_once_and_the_default_action_counts(make_relay):
    port = free_port()
    relay = make_relay(
        {
            "smtpd_recipient_restrictions": [
                f"check_policy_service {{ inet:127.0.0.1:{port}, try_limit=1 }}"
            ]
        }
    )
    for _ in range(3):
        code, text = relay.send("a@sender.test", "alice@example.org", STRANGER)
        assert code == 250, text
    failed = "level=warning program=mta event=policy_service_failed"
    assert relay.log().count(failed) == 1
    with PolicyService(port=port):
        # It is asked again at once: there is no other.
        code, text = relay.send("a@sender.test", "alice@example.org", STRANGER)
        assert code == 250, text
    assert relay.log().count("event=policy_service_answers_again") == 1
    assert (
        relay.metric(
            "postern_mta_policy_questions_total",
            service=f"127.0.0.1:{port}",
            result="failed",
        )
        == 3
    )
