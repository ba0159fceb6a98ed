"""The fixtures of the Python suites. Each ends what it started; when a test
fails, the end of every log in its folder is shown."""

import pathlib

import pytest

from kit.dkimd import Dkimd
from kit.filterd import Filterd
from kit.greylist import Greylist
from kit.milter_server import MilterServer
from kit.postfix import Postfix
from kit.postgrey import Postgrey
from kit.redis_servers import RedisCluster, RedisSentinel, RedisServer
from kit.relay import Relay
from kit.signed_zone import SignedZone
from kit.sink import Sink


@pytest.fixture
def folder(tmp_path):
    """A folder of the test's own."""
    return tmp_path


def _factory(folder, kind, end):
    """make(name=..., ...) starts one of `kind` in a folder of that name."""
    made = []

    def make(*arguments, name=None, start=True, **options):
        place = folder / (name or f"{kind.__name__.lower()}{len(made)}")
        one = kind(place, *arguments, **options)
        made.append(one)
        return one.start() if start else one

    yield make
    for one in reversed(made):
        end(one)


def _end_program(program):
    """Ends it as an operator would; a crash or a hang fails the test."""
    if program.is_running():
        code = program.stop()
        assert code == 0, f"{program.name} ended with {code}"


@pytest.fixture
def make_relay(folder):
    """make_relay(config={}, zone=[]) starts an mta."""
    yield from _factory(folder, Relay, _end_program)


@pytest.fixture
def make_signed_zone(folder):
    """make_signed_zone(signed=[], plain=[], spoil=[]) starts a name server."""
    yield from _factory(folder, SignedZone, SignedZone.stop)


@pytest.fixture
def make_greylist(folder):
    """make_greylist(config={}) starts a greylistd."""
    yield from _factory(folder, Greylist, _end_program)


@pytest.fixture
def make_dkimd(folder):
    """make_dkimd(config={}, zone_lines=[]) starts a dkimd."""
    yield from _factory(folder, Dkimd, _end_program)


@pytest.fixture
def make_filterd(folder):
    """make_filterd(engine="postern", …) starts a filterd."""
    yield from _factory(folder, Filterd, _end_program)


@pytest.fixture
def make_postfix(folder):
    """make_postfix(settings) starts Debian's Postfix."""
    yield from _factory(folder, Postfix, Postfix.stop)


@pytest.fixture
def make_postgrey(folder):
    """make_postgrey(*options) starts Debian's postgrey."""
    yield from _factory(folder, Postgrey, Postgrey.stop)


@pytest.fixture
def redis_server(folder):
    """A running redis-server."""
    server = RedisServer(folder / "redis").start()
    yield server
    server.stop()


@pytest.fixture
def redis_cluster(folder):
    """A Redis Cluster of three masters."""
    cluster = RedisCluster(folder / "cluster")
    try:
        yield cluster.start()
    finally:
        cluster.stop()


@pytest.fixture
def redis_sentinel(folder):
    """A master, its replica and a Sentinel."""
    sentinel = RedisSentinel(folder / "sentinel")
    try:
        yield sentinel.start()
    finally:
        sentinel.stop()


@pytest.fixture
def sink():
    """An SMTP server that keeps what it gets."""
    with Sink() as server:
        yield server


@pytest.fixture
def one():
    """A mail filter that does what the test tells it to."""
    with MilterServer() as server:
        yield server


@pytest.fixture
def other():
    """Another one."""
    with MilterServer() as server:
        yield server


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Adds the ends of the logs in the test's folder to a failure."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed or "folder" not in item.fixturenames:
        return
    place = item.funcargs.get("folder")
    if place is None:
        return
    for log in sorted(pathlib.Path(place).rglob("*.log")):
        if "spool" in log.parts or not log.is_file():
            continue
        lines = log.read_text(errors="replace").splitlines()[-40:]
        if lines:
            report.sections.append((str(log), "\n".join(lines)))
