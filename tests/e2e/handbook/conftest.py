"""A relay of Falcot Corp, as the handbook configures it."""

import json
import pathlib
import re
import shutil

import pytest
from kit.maildir import Maildir
from kit.relay import Relay

HERE = pathlib.Path(__file__).parent

# Zones that the handbook names, here as in a test always local.
ZONES = (
    "falcot.com",
    "falcot.org",
    "falcotsbrand.com",
    "dbl.spamhaus.org",
    "zen.spamhaus.org",
    "sbl-xbl.spamhaus.org",
    "rhsbl.sorbs.net",
    "dnsbl.sorbs.net",
    "multi.surbl.org",
)
USERS = ("jean", "sophie", "postmaster", "support", "sales-asia", "joe", "sympa")

# Where the relay lives unless an excerpt says otherwise: the company's domain,
# with a mailbox for everyone in it.
COMPANY = {
    "myhostname": "mail.falcot.com",
    "virtual_mailbox_domains": ["falcot.com"],
    "virtual_mailbox_maps": [
        "inline:{" + ", ".join(f"{u}@falcot.com=falcot.com/{u}/" for u in USERS) + "}"
    ],
}


class Falcot(Relay):
    """A relay whose configuration ends with an excerpt, word for word."""

    def __init__(self, folder, excerpt, zone=(), **overlay):
        self.excerpt = excerpt
        super().__init__(folder, {**COMPANY, **overlay}, zone)

    def write_config(self):
        fields = set(re.findall(r"^(\w+):", self.excerpt, re.MULTILINE))
        lines = [
            f"{name}: {json.dumps(value)}\n"
            for name, value in self.config.items()
            if name not in fields
        ]
        self.config_file.write_text("".join(lines) + self.excerpt)

    def set_zone(self, lines):
        super().set_zone(
            [*lines, *(f"{zone}. 300 IN TXT zone" for zone in ZONES)]
        )

    def mail(self, user):
        return Maildir(self.folder / "mail" / "falcot.com" / user)


@pytest.fixture
def falcot(folder):
    """falcot("header_checks", zone=[], put={}) starts a relay with that file;
    `put` maps texts in it (ports, endpoints) to what a test has instead."""
    started = []

    def start(name, zone=(), put=(), **overlay):
        etc = folder / "etc"
        if not etc.exists():
            shutil.copytree(HERE / "etc", etc)
        (folder / "vhosts").mkdir(exist_ok=True)
        places = {
            "/etc/postern": str(etc),
            "/var/mail/vhosts": str(folder / "vhosts"),
            **dict(put),
        }
        text = (HERE / f"{name}.yaml").read_text()
        for old, new in places.items():
            text = text.replace(old, new)
        relay = Falcot(folder / "falcot", text, zone, **overlay)
        started.append(relay)
        return relay.start()

    yield start
    for relay in started:
        if relay.is_running():
            assert relay.stop() == 0
