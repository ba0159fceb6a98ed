"""A virtual alias domain, with one address of its own and a catch-all."""

import pytest
from kit.relay import STRANGER
from kit.sink import Sink
from kit.zone import mail_domain

SENDER = "someone@sender.test"


@pytest.fixture
def relay(falcot):
    return falcot("virtual_aliases", zone=mail_domain("sender.test"))


def send(relay, recipients):
    return relay.send(SENDER, recipients, source=STRANGER)


def test_an_address_goes_to_the_user_that_the_table_names(relay):
    code, text = send(relay, "webmaster@falcotsbrand.com")
    assert code == 250, text
    [message] = relay.mail("jean").wait_for(1)
    assert message["Delivered-To"] == "jean@falcot.com"
    assert message["X-Original-To"] == "webmaster@falcotsbrand.com"


def test_any_other_address_goes_to_the_same_user_of_the_company(relay):
    code, text = send(relay, "sophie@falcotsbrand.com")
    assert code == 250, text
    [message] = relay.mail("sophie").wait_for(1)
    assert message["To"] == "sophie@falcotsbrand.com"
    assert message["X-Original-To"] == "sophie@falcotsbrand.com"
    assert relay.mail("jean").count() == 0


def test_who_does_not_exist_in_the_company_is_reported_on_later(relay):
    """As virtual(5) warns: a catch-all takes mail for everybody."""
    with Sink(relay.next_hop_port) as sink:
        code, text = send(relay, "nobody@falcotsbrand.com")
        assert code == 250, text
        [report] = sink.wait_for(1)
    assert (report.sender, report.recipients) == ("", [SENDER])
    assert b"nobody@falcot.com" in report.content
    assert send(relay, "nobody@falcot.com")[0] == 550


def test_the_domain_opens_no_way_to_others(relay):
    for recipient in ("a@elsewhere.test", "a@sub.falcotsbrand.com"):
        assert send(relay, recipient) == (
            554,
            f"5.7.1 <{recipient}>: Relay access denied",
        )
