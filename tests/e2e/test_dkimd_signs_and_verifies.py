"""dkimd beside a client of its protocol: what it signs verifies, what was
changed does not, and what others wrote in our name goes."""

import re
import time

import pytest
from kit.dkimd import INSIDE, MESSAGE, OUTSIDE, key_record, make_key
from kit.milter_client import MilterClient
from kit.waiting import until


@pytest.fixture
def dkimd(make_dkimd):
    return make_dkimd()


def test_mail_of_our_own_is_signed_with_both_keys_and_verifies(dkimd):
    signed, outcome = dkimd.sign()
    assert outcome.verdict in ("accept", "continue")
    selectors = [
        re.search(r"\bs=(\w+)", value)[1]
        for value in outcome.fields("DKIM-Signature")
    ]
    assert sorted(selectors) == ["ed", "mail"]
    assert [index for index, _, _ in outcome.inserted] == [0, 0]
    results = dkimd.results(signed)
    assert results.count("dkim=pass") == 2, results
    assert "mx.falcot.com" in results.split(";")[0]
    for part in ("header.d=falcot.com", "header.s=mail", "header.s=ed",
                 "header.a=rsa-sha256", "header.a=ed25519-sha256", "header.b="):
        assert part in results, results


@pytest.mark.parametrize("chunk", [1, 7, 65535])
def test_the_body_may_be_cut_anywhere(dkimd, chunk):
    """DK-12."""
    body = b" two  blanks \t\r\n\r\nlast line\r\n\r\n\r\n"
    message = b"From: a@falcot.com\r\nSubject: x\r\n\r\n" + body
    signed, _ = dkimd.sign(message, chunk=chunk)
    assert dkimd.results(signed, chunk=chunk).count("dkim=pass") == 2


def test_a_large_body_verifies(dkimd):
    message = MESSAGE + b"all work and no play\r\n" * 100_000
    signed, _ = dkimd.sign(message)
    assert dkimd.results(signed).count("dkim=pass") == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m + b"more\r\n",
        lambda m: m.replace(b"Subject: handbook", b"Subject: money"),
        lambda m: b"Subject: second\r\n" + m,
        lambda m: b"From: other@falcot.com\r\n" + m,
    ],
)
def test_a_changed_message_does_not_verify(dkimd, change):
    """DK-05 among them."""
    signed, _ = dkimd.sign()
    assert "dkim=pass" not in dkimd.results(change(signed))


def test_a_bad_signature_is_quarantined_as_configured(make_dkimd):
    dkimd = make_dkimd({"verification": {"on_bad_signature": "quarantine"}})
    signed, _ = dkimd.sign()
    assert dkimd.send(signed).quarantine is None
    outcome = dkimd.send(signed + b"more\r\n")
    assert "does not fit" in outcome.quarantine
    assert dkimd.metric("postern_dkimd_findings_total",
                        finding="bad_signature") == 1


def test_in_monitor_mode_nobody_is_refused(make_dkimd):
    strict = {"on_no_signature": "reject"}
    outcome = make_dkimd({"verification": strict}).send()
    assert outcome.verdict == "reply" and "550 5.7.20" in outcome.reply
    dkimd = make_dkimd({"verification": strict, "mode": "monitor"})
    assert dkimd.send().verdict in ("accept", "continue")
    assert dkimd.metric("postern_dkimd_actions_total", action="reject") == 1


def test_no_answer_of_the_dns_is_no_verdict(make_dkimd):
    """DK-10: a name server that does not answer, and a name that is not there."""
    dkimd = make_dkimd({"verification": {"on_dns_error": "tempfail",
                                         "on_key_not_found": "reject"}})
    signed, _ = dkimd.sign()
    away = signed.replace(b"d=falcot.com", b"d=away.falcot.net").replace(
        b"i=@falcot.com", b"i=@away.falcot.net")
    outcome = dkimd.send(away)
    assert outcome.verdict == "reply" and outcome.reply.startswith("451")
    gone = signed.replace(b"s=mail", b"s=gone").replace(b"s=ed", b"s=gone")
    outcome = dkimd.send(gone)
    assert outcome.verdict == "reply" and outcome.reply.startswith("550")


def test_forged_results_are_removed_the_last_first(dkimd):
    """INJ-06, INJ-07: three forged fields at positions 1, 2 and 5."""
    ours = b"Authentication-Results: mx.falcot.com; dkim=pass\r\n"
    odd = b"authentication-results: (c)\r\n MX.Falcot.Com 1; dkim=pass\r\n"
    other = b"Authentication-Results: other.test; dkim=pass\r\n"
    signed, _ = dkimd.sign()
    outcome = dkimd.send(ours + odd + other + other + ours + signed)
    removed = [(index, value) for name, index, value in outcome.changed
               if name.lower() == "authentication-results"]
    assert removed == [(5, ""), (2, ""), (1, "")]
    assert len(outcome.fields("Authentication-Results")) == 1
    assert dkimd.metric("postern_dkimd_removed_results_total") == 3


def test_a_login_signs_for_its_own_authors_alone(make_dkimd):
    """FROM-17."""
    dkimd = make_dkimd({
        "clients": {
            "login_authors": "inline:{{raphael = falcot.com}}",
            "on_forbidden_author": "reject",
        }
    })

    def send(login, message=MESSAGE):
        return dkimd.send(message, address=OUTSIDE, macros={
            "{auth_type}": "PLAIN", "{auth_authen}": login})

    assert len(send("raphael").fields("DKIM-Signature")) == 2
    assert send("mallory").verdict == "reply"
    two = b"From: a@falcot.com, b@example.org\r\n\r\nx\r\n"
    outcome = send("raphael", two)
    assert outcome.verdict == "reply" and not outcome.inserted


def test_macros_and_networks_say_who_is_one_of_ours(make_dkimd):
    dkimd = make_dkimd({
        "clients": {"internal_hosts": ["198.51.100.0/24", "!198.51.100.7"],
                    "macros": ["daemon_name|ORIGINATING"],
                    "peer_list": ["203.0.113.9"]}
    })

    def signatures(address, **macros):
        with MilterClient(dkimd.port) as client:
            client.connect(address, macros={
                f"{{{name}}}": value for name, value in macros.items()})
            return len(client.send(MESSAGE, address=address)
                       .fields("DKIM-Signature"))

    assert signatures("198.51.100.1") == 2
    assert signatures("198.51.100.7") == 0
    assert dkimd.send(address=INSIDE).fields("DKIM-Signature") == []
    assert dkimd.send(address="203.0.113.9").inserted == []
    outcome = dkimd.send(macros={"{daemon_name}": "ORIGINATING"})
    assert len(outcome.fields("DKIM-Signature")) == 2


def test_subdomains_are_signed_in_the_name_of_the_domain(dkimd):
    message = MESSAGE.replace(b"raphael@falcot.com", b"r@mail.falcot.com")
    signed, outcome = dkimd.sign(message)
    assert all("d=falcot.com" in value
               for value in outcome.fields("DKIM-Signature"))
    assert dkimd.results(signed).count("dkim=pass") == 2


def test_the_tables_of_opendkim_sign(make_dkimd, folder):
    public = make_key(folder / "k" / "example.org" / "s1.private")
    (folder / "signing.table").write_text(
        "# who signs\n*@example.org  any\n*@*.example.org  any\n")
    (folder / "key.table").write_text(f"any  %:s1:{folder}/k/%/s1.private\n")
    dkimd = make_dkimd(
        {"signing": {"signing_table": f"refile:{folder}/signing.table",
                     "key_table": f"file:{folder}/key.table"}},
        zone_lines=[key_record("example.org", "s1", public)],
    )
    message = MESSAGE.replace(b"raphael@falcot.com", b"r@example.org")
    signed, outcome = dkimd.sign(message)
    assert len(outcome.fields("DKIM-Signature")) == 1
    assert dkimd.results(signed).count("dkim=pass") == 1
    # DK-17: no author leads out of the folder.
    for author in (b"r@../../etc.example.org", b"r@[192.0.2.1]"):
        odd = MESSAGE.replace(b"raphael@falcot.com", author)
        assert dkimd.sign(odd)[1].fields("DKIM-Signature") == []


def test_a_hundred_thousand_domains_start_at_once(make_dkimd, folder):
    """Within two seconds as operators run it; programs without optimization
    and a busy machine get more."""
    domains = [f"d{number}.example.org" for number in range(100_000)]
    (folder / "signing.table").write_text(
        "".join(f"*@{domain} {domain}\n" for domain in domains))
    (folder / "key.table").write_text(
        "".join(f"{domain} {domain}:s1:{folder}/k/%/s1.private\n"
                for domain in domains))
    last = domains[-1]
    public = make_key(folder / "k" / last / "s1.private")
    started = time.monotonic()
    dkimd = make_dkimd(
        {"signing": {"signing_table": f"refile:{folder}/signing.table",
                     "key_table": f"{folder}/key.table"}},
        zone_lines=[key_record(last, "s1", public)],
    )
    assert time.monotonic() - started < 10
    message = MESSAGE.replace(b"raphael@falcot.com", f"r@{last}".encode())
    signed, _ = dkimd.sign(message)
    assert dkimd.results(signed).count("dkim=pass") == 1
    assert dkimd.metric("postern_dkimd_keys") == 1


def test_a_changed_table_counts_at_once_and_a_broken_one_never(
    make_dkimd, folder
):
    """DK-19."""
    table = folder / "signing.table"
    table.write_text("*@example.org k\n")
    make_key(folder / "k.private")
    (folder / "key.table").write_text(f"k example.org:s1:{folder}/k.private\n")
    dkimd = make_dkimd(
        {"signing": {"signing_table": f"refile:{table}",
                     "key_table": str(folder / "key.table")}})
    message = MESSAGE.replace(b"raphael@falcot.com", b"r@example.org")

    def signatures():
        return len(dkimd.sign(message)[1].fields("DKIM-Signature"))

    assert signatures() == 1
    table.write_text("*@example.org missing\n")
    until(lambda: dkimd.metric("postern_dkimd_reloads_total",
                               result="error") >= 1, 10, "the refusal")
    assert signatures() == 1
    table.write_text("*@example.net k\n")
    until(lambda: signatures() == 0, 10, "the new table")


def test_a_rotation_leaves_no_message_without_a_good_signature(
    make_dkimd, folder
):
    """As `posternctl dkim rotate` has it: the key table gets another line."""
    records = [
        key_record("example.org", name, make_key(folder / f"{name}.private"))
        for name in ("old", "new")
    ]
    table = folder / "key.table"
    table.write_text(f"k example.org:old:{folder}/old.private\n")
    dkimd = make_dkimd(
        {"signing": {"signing_table": "csl:example.org=k",
                     "key_table": str(table)}}, zone_lines=records)
    message = MESSAGE.replace(b"raphael@falcot.com", b"r@example.org")

    def selector():
        """Of a message that is signed now; it verifies."""
        signed, outcome = dkimd.sign(message)
        assert dkimd.results(signed).count("dkim=pass") == 1
        [value] = outcome.fields("DKIM-Signature")
        return re.search(r"\bs=(\w+)", value)[1]

    assert selector() == "old"
    fresh = folder / "key.table.new"
    fresh.write_text(f"k example.org:new:{folder}/new.private\n")
    fresh.rename(table)
    until(lambda: selector() == "new", 15, "the new key", every=0.02)


def test_a_key_is_replaced_without_a_gap(dkimd):
    """As Kubernetes swaps a Secret: the name leads to another file."""
    before = dkimd.sign()[1].fields("DKIM-Signature")
    assert len(before) == 2
    dkimd.keys.joinpath("mail.private").rename(dkimd.keys / "old")
    assert len(dkimd.sign()[1].fields("DKIM-Signature")) == 2
    make_key(dkimd.keys / "new.private")
    (dkimd.keys / "mail.private").symlink_to("new.private")

    def is_new():
        signed, _ = dkimd.sign()
        return "dkim=fail" in dkimd.results(signed)

    until(is_new, 10, "the new key, whose record is not in the DNS")


def test_a_key_that_others_may_read_starts_nothing(make_dkimd):
    dkimd = make_dkimd(start=False)
    (dkimd.keys / "mail.private").chmod(0o644)
    dkimd.launch()
    assert dkimd.wait() == 78
    assert "others may read the key" in dkimd.log()
    dkimd.config["signing"]["require_safe_keys"] = False
    dkimd.start()


def test_a_signature_that_is_seen_too_often_is_held(make_dkimd, redis_server):
    """DK-14, with replicas that count together."""
    replay = {"threshold": 3, "action": "tempfail",
              "redis": {"endpoints": [redis_server.address]}}
    one = make_dkimd({"replay": replay}, name="one")
    signed, _ = one.sign()
    two = make_dkimd({"replay": replay}, name="two", start=False)
    two.zone_file.write_text(one.zone_file.read_text())
    two.start()
    assert one.send(signed).verdict in ("accept", "continue")
    assert two.send(signed).verdict in ("accept", "continue")
    assert one.send(signed).reply.startswith("451")
    redis_server.stop()
    assert two.send(signed).verdict in ("accept", "continue")
    assert two.metric("postern_dkimd_replay_failures_total") > 0


def test_a_chain_of_seals_is_made_and_verified(make_dkimd):
    dkimd = make_dkimd(start=False)
    dkimd.config["arc"] = {"seal": {"domain": "falcot.com", "selector": "mail",
                                    "file": str(dkimd.keys / "mail.private")}}
    dkimd.start()
    message, _ = dkimd.sign()
    for instance in (1, 2, 3):
        outcome = dkimd.send(message)
        [seal] = outcome.fields("ARC-Seal")
        assert f"i={instance};" in seal
        assert ("cv=none" if instance == 1 else "cv=pass") in seal
        message = outcome.apply(message)
    assert "arc=pass" in dkimd.results(message)
    assert "arc=fail" in dkimd.results(message + b"more\r\n")
    assert dkimd.metric("postern_dkimd_arc_chains_total", result="fail") == 1


def test_both_engines_do_the_same(make_dkimd):
    ours = make_dkimd()
    theirs = make_dkimd({"milter": {"engine": "libmilter"}}, name="libmilter",
                        start=False)
    for kind in ("mail", "ed"):
        (theirs.keys / f"{kind}.private").write_bytes(
            (ours.keys / f"{kind}.private").read_bytes())
    theirs.zone_file.write_text(ours.zone_file.read_text())
    theirs.start()
    signed, outcome = ours.sign()
    assert ours.results(signed).count("dkim=pass") == 2
    assert theirs.results(signed) == ours.results(signed)
    again, other = theirs.sign()
    assert [x[:2] for x in other.inserted] == [x[:2] for x in outcome.inserted]
    assert ours.results(again).count("dkim=pass") == 2


def test_it_drains(dkimd):
    with MilterClient(dkimd.port) as client:
        client.connect(INSIDE)
        assert client.send(MESSAGE, address=INSIDE).inserted
        assert dkimd.stop() == 0
    dkimd.process = None
