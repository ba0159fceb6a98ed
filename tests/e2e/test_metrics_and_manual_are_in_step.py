"""What is exported is documented, and what is documented is there."""

import re

import pytest
from kit.certificate import Certificate
from kit.greylist import with_redis
from kit.program import TREE, run_once
from kit.waiting import until

DOCUMENT = TREE / "docs" / "metrics.md"


def documented(program):
    """The metric names in the sections that speak of the program."""
    names = set()
    for section in re.split(r"^## ", DOCUMENT.read_text(), flags=re.M):
        if section.startswith(("Every program", program)):
            rows = re.findall(r"^\| `(\w+)", section, re.M)
            names |= {r.replace("_PROGRAM_", f"_{program}_") for r in rows}
    return names


def exported(program):
    """The families at /metrics, with their types."""
    page = program.get("/metrics")[1]
    return dict(re.findall(r"^# TYPE (\S+) (\w+)$", page, re.M))


@pytest.fixture(params=["mta", "greylistd", "dkimd"])
def program(request, make_relay, make_greylist, make_dkimd):
    """Each program, once it has reloaded and shows all that it can."""
    if request.param == "mta":
        folder = request.getfixturevalue("tmp_path")
        one = make_relay(
            {
                "smtpd_tls_security_level": "may",
                "smtpd_tls_chain_files": [
                    str(Certificate(folder, "relay.test").file)
                ],
                "smtpd_recipient_restrictions": [
                    "check_policy_service inet:127.0.0.1:9",
                    "reject_rbl_client list.test",
                    "reject_unverified_sender",
                ],
                "filters": {
                    "milters": [{"name": "m", "endpoints": ["inet:127.0.0.1:9"]}]
                },
                "tls_report": {
                    "organization_name": "Relay",
                    "from": "tls@relay.test",
                    "directory": str(folder / "tls-report"),
                },
            }
        )
    elif request.param == "dkimd":
        redis_server = request.getfixturevalue("redis_server")
        one = make_dkimd(
            {
                "replay": {
                    "threshold": 10,
                    "redis": {"endpoints": [redis_server.address]},
                }
            }
        )
    else:
        redis_server = request.getfixturevalue("redis_server")
        # Both stores: the embedded one stands by.
        one = make_greylist(
            with_redis(redis_server, on_store_failure="local")
        )
    one.reload()
    until(lambda: one.metric(f"postern_{one.name}_reloads_total"), 10, "reload")
    return one


def test_every_exported_metric_is_documented_and_the_other_way_round(program):
    assert set(exported(program)) == documented(program.name)


def test_metric_names_follow_one_pattern(program):
    for name, kind in exported(program).items():
        assert name.startswith((f"postern_{program.name}_", "process_"))
        assert (kind == "counter") == name.endswith("_total"), (name, kind)


def test_no_metric_carries_an_address(program):
    """But for those of services and listeners, as the configuration has them."""
    for series in program.metrics():
        series = re.sub(r'(service|listener)="[^"]*"', "", series)
        assert "@" not in series and not re.search(
            r"\d+\.\d+\.\d+\.\d+", series
        )


def test_health_and_readiness_are_answered(program):
    assert program.get("/healthz")[0] == 200
    assert program.get("/readyz")[0] == 200
    assert program.get("/nothing-here")[0] == 404


@pytest.mark.parametrize("name", ["mta", "greylistd", "dkimd"])
def test_the_manual_page_has_every_flag(name):
    manual = (TREE / "docs" / "man" / f"{name}.8.md").read_text()
    help_text = run_once(name, "--help").stdout
    flags = set(re.findall(r"--[a-z][a-z-]+", help_text))
    assert flags >= {"--config", "--check", "--print-config", "--version"}
    for flag in flags:
        assert flag in manual, flag


@pytest.mark.parametrize("name", ["mta", "greylistd", "dkimd"])
def test_the_manual_page_has_every_field_of_the_configuration(name):
    manual = (TREE / "docs" / "man" / f"{name}.8.md").read_text()
    proto = (TREE / "proto" / "config" / "v1" / f"{name}.proto").read_text()
    body = proto[proto.index("message ") :]
    fields = re.findall(r"^  [\w. ]*?(\w+) = \d+", body, re.M)
    missing = [f for f in fields if not f.isupper() and f not in manual]
    assert not missing
