"""What is exported is documented, and what is documented is there."""

import re

import pytest
from kit.program import TREE, run_once

DOCUMENT = TREE / "docs" / "metrics.md"


def documented(program):
    """The metric names in the program's section of docs/metrics.md."""
    sections = re.split(r"^## ", DOCUMENT.read_text(), flags=re.M)
    [section] = [s for s in sections if s.startswith(program)]
    return set(re.findall(rf"^\| `(postern_{program}_\w+)`", section, re.M))


def exported(program):
    """The families at /metrics, with their types."""
    page = program.get("/metrics")[1]
    return dict(re.findall(r"^# TYPE (\S+) (\w+)$", page, re.M))


@pytest.fixture(params=["mta", "greylistd"])
def program(request, make_relay, make_greylist):
    make = make_relay if request.param == "mta" else make_greylist
    return make()


def test_every_exported_metric_is_documented_and_the_other_way_round(program):
    assert set(exported(program)) == documented(program.name)


def test_metric_names_follow_one_pattern(program):
    for name, kind in exported(program).items():
        assert name.startswith(f"postern_{program.name}_")
        assert (kind == "counter") == name.endswith("_total"), (name, kind)


def test_no_metric_carries_an_address(program):
    for series in program.metrics():
        assert "@" not in series and not re.search(r"\d+\.\d+\.\d+", series)


def test_health_and_readiness_are_answered(program):
    assert program.get("/healthz")[0] == 200
    assert program.get("/readyz")[0] == 200
    assert program.get("/nothing-here")[0] == 404


@pytest.mark.parametrize("name", ["mta", "greylistd"])
def test_the_manual_page_has_every_flag(name):
    manual = (TREE / "docs" / "man" / f"{name}.8.md").read_text()
    help_text = run_once(name, "--help").stdout
    flags = set(re.findall(r"--[a-z][a-z-]+", help_text))
    assert flags >= {"--config", "--check", "--print-config", "--version"}
    for flag in flags:
        assert flag in manual, flag


@pytest.mark.parametrize("name", ["mta", "greylistd"])
def test_the_manual_page_has_every_field_of_the_configuration(name):
    manual = (TREE / "docs" / "man" / f"{name}.8.md").read_text()
    proto = (TREE / "proto" / "config" / "v1" / f"{name}.proto").read_text()
    body = proto[proto.index("message ") :]
    fields = re.findall(r"^  [\w. ]*?(\w+) = \d+", body, re.M)
    missing = [f for f in fields if not f.isupper() and f not in manual]
    assert not missing
