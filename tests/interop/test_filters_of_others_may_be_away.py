"""Debian's mail filters end in the midst of a message: what their on_failure
says becomes of it, and the log says so."""

import pytest
from kit.opendkim import Opendkim
from kit.other_filters import ClamavMilter, DkimpyMilter, Rspamd, SpamassMilter
from kit.waiting import until

FROM, TO = "raphael@falcot.com", "bob@elsewhere.test"


@pytest.fixture(params=[ClamavMilter, DkimpyMilter, Opendkim, Rspamd, SpamassMilter])
def other(request, folder, make_dkimd):
    kind = request.param
    keys = [make_dkimd()] if kind in (DkimpyMilter, Opendkim) else []
    one = kind(folder / "other", *keys).start()
    yield one
    one.stop()


@pytest.fixture
def relay(make_relay, sink, other):
    return make_relay({
        "relayhost": f"[127.0.0.1]:{sink.port}",
        "relay_domains": ["elsewhere.test"],
        "filters": {
            "milters": [
                {"name": "other", "endpoints": [f"inet:127.0.0.1:{other.port}"]}
            ],
            "smtpd_milters": ["other"],
        },
    })


def test_on_failure_counts_for_a_filter_that_ends(relay, other, sink):
    assert relay.send(FROM, TO)[0] == 250
    with relay.client() as client:
        client.ehlo()
        client.mail(FROM)
        client.rcpt(TO)
        other.kill()
        assert client.data(b"Subject: cut off\r\n\r\nbody\r\n")[0] == 451
    assert relay.send(FROM, TO)[0] == 451
    log = relay.log()
    assert log.count("event=milter_failed") == 1  # When it begins.
    assert "milter=other" in log and "on_failure=tempfail" in log
    assert relay.metric("postern_mta_milter_failures_total", milter="other") >= 2
    relay.config["filters"]["milters"][0]["on_failure"] = "accept"
    relay.reload()
    until(lambda: relay.send(FROM, TO)[0] == 250, 20, "mail taken without it")
    assert len(sink.wait_for(2)) == 2
