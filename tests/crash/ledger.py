"""Finds out what became of each recipient of each message of a load.

The recipient says what its next hop does: ok-TOKEN@ takes the mail, late-TOKEN@
refuses it for now once or twice, no-TOKEN@ refuses it for good, never-TOKEN@
refuses it for now whenever it is asked.
"""

import collections
import random
import re
import time

from kit.sink import Sink
from load import token_of

REMOTE = "elsewhere.test"


def recipients_of_all_kinds(token):
    kinds = ["ok", "late", "no"]
    if random.random() < 0.03:
        kinds.append("never")
    chosen = random.sample(kinds, random.randint(1, len(kinds)))
    remote = [f"{kind}-{token}@{REMOTE}" for kind in chosen]
    return remote + ["alice@example.org"] * (random.random() < 0.5)


class MoodySink(Sink):
    """Answers as the recipient says, takes its time, and sometimes refuses a
    whole message for now."""

    def __init__(self):
        super().__init__()
        self._asked = collections.Counter()

    def _say(self, connection, key, usual):
        if key.startswith("RCPT "):
            usual = self._verdict(key.removeprefix("RCPT "))
        elif key in ("end", "banner"):
            time.sleep(random.choice((0, 0, 0.002, 0.05)))
        return super()._say(connection, key, usual)

    def _verdict(self, address):
        kind = address.split("-")[0]
        self._asked[address] += 1
        if kind == "no":
            return "550 5.1.1 nobody of that name"
        if kind == "never" or (kind == "late" and self._asked[address] < 3):
            return "451 4.2.1 not now"
        return "250 2.1.5 ok"


class Ledger:
    """The fates of `promised` (load.py) by (token, recipient)."""

    def __init__(self, relay, sink, promised):
        self.wanted = {
            (token, recipient)
            for token, recipients in promised.items()
            for recipient in recipients
        }
        self.delivered = collections.Counter()
        for message in relay.mailbox("alice").raw():
            self.delivered[token_of(message), "alice@example.org"] += 1
        for message in sink.messages:
            token = token_of(message.content)
            for recipient in message.recipients:
                self.delivered[token, recipient] += 1
        self.bounced = {
            pair
            for report in relay.mailbox("bob").raw()
            for pair in self._named_in(report)
        }
        self.listed = {
            (self._token_in(recipient["address"]), recipient["address"])
            for message in relay.listed()
            for recipient in message.get("recipients", [])
        }
        arrived = self.wanted & set(self.delivered)
        self.lost = self.wanted - arrived - self.bounced - self.listed
        self.duplicates = sum(self.delivered.values()) - len(self.delivered)

    @staticmethod
    def _token_in(address):
        return address.split("@")[0].partition("-")[2]

    def _named_in(self, report):
        """The recipients that a report says have failed, and of what."""
        token = re.search(rb"^X-Token: (\S+)", report, re.MULTILINE)
        assert token, f"of which message? {report[-600:]!r}"
        fields = re.findall(
            rb"^Final-Recipient: rfc822; *(\S+)\r?\n(?:.+\n)*?Action: failed",
            report,
            re.MULTILINE | re.IGNORECASE,
        )
        return [(token[1].decode(), name.decode()) for name in fields]

    def line(self):
        return (
            f"{len(self.wanted)} recipients accepted, "
            f"{len(self.wanted & set(self.delivered))} delivered, "
            f"{self.duplicates} duplicates, "
            f"{len(self.wanted & self.bounced)} bounced, "
            f"{len(self.wanted & self.listed)} listed, "
            f"{len(self.lost)} lost"
        )
