"""Scripts of Debian's miltertest against a milter daemon of ours, with each
engine."""

import pytest
from kit.miltertest import run_script

# A message with the orders in X-Do, up to its end.
MESSAGE = """
conn = mt.connect(SOCKET, 40, 0.25)
assert(conn, "no connection")
assert(mt.conninfo(conn, "mail.sender.test", "192.0.2.10") == nil)
mt.macro(conn, SMFIC_MAIL, "i", "t-miltertest")
assert(mt.mailfrom(conn, "a@sender.test") == nil)
assert(mt.rcptto(conn, "<alice@example.org>") == nil)
assert(mt.header(conn, "From", "a@sender.test") == nil)
assert(mt.header(conn, "Subject", "test") == nil)
{orders}
assert(mt.eoh(conn) == nil)
assert(mt.bodystring(conn, "text\\r\\n") == nil)
assert(mt.eom(conn) == nil)
"""


def order(text):
    return f'assert(mt.header(conn, "X-Do", "{text}") == nil)'


@pytest.fixture(params=["postern", "libmilter"])
def run(request, make_filterd, folder):
    filterd = make_filterd(engine=request.param)

    def run(script, *orders):
        text = MESSAGE.format(orders="\n".join(map(order, orders))) + script
        run_script(folder, text, f"inet:{filterd.port}@127.0.0.1")

    return run


def test_the_message_is_accepted_with_a_header(run):
    run(
        """
        assert(mt.getreply(conn) == SMFIR_CONTINUE)
        assert(mt.eom_check(conn, MT_HDRADD, "X-Seen", " yes"))
        mt.disconnect(conn)
        """
    )


def test_every_change_is_asked_for(run):
    run(
        """
        assert(mt.getreply(conn) == SMFIR_ACCEPT)
        assert(mt.eom_check(conn, MT_HDRINSERT, "X-First", " one"))
        assert(mt.eom_check(conn, MT_HDRCHANGE, "Subject", " new"))
        assert(mt.eom_check(conn, MT_HDRDELETE, "From"))
        assert(mt.eom_check(conn, MT_RCPTADD, "<bob@example.org>"))
        assert(mt.eom_check(conn, MT_RCPTDELETE, "<alice@example.org>"))
        assert(mt.eom_check(conn, MT_BODYCHANGE, "other\\r\\n"))
        assert(mt.eom_check(conn, MT_QUARANTINE, "why"))
        mt.disconnect(conn)
        """,
        "insert 0 X-First one",
        "change Subject 1 new",
        "delete From 1",
        "add-recipient bob@example.org",
        "delete-recipient alice@example.org",
        "body other",
        "quarantine why",
        "accept",
    )


def test_the_message_is_refused(run):
    run(
        """
        assert(mt.getreply(conn) == SMFIR_REPLYCODE)
        assert(mt.eom_check(conn, MT_SMTPREPLY, "554", "5.7.0", "not this"))
        mt.disconnect(conn)
        """,
        "reply 554 5.7.0 not this",
    )


def test_a_connection_that_is_aborted_is_good_for_more(run):
    run(
        """
        assert(mt.getreply(conn) == SMFIR_CONTINUE)
        assert(mt.mailfrom(conn, "second@sender.test") == nil)
        mt.abort(conn)
        mt.disconnect(conn)
        """
    )
