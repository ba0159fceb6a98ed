"""Mail that arrived in a Maildir."""

import email
import email.policy
import pathlib
import re

from kit.waiting import until


def _delivered(file):
    """When it came: "seconds.…Mmicroseconds…", neither with leading zeros."""
    time = re.match(r"(\d+)\..*?M(\d+)", file.name)
    return (int(time[1]), int(time[2])) if time else (0, 0), file.name


class Maildir:
    """A Maildir; nothing is changed by reading it."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def files(self):
        found = []
        for name in ("new", "cur"):
            folder = self.path / name
            if folder.is_dir():
                found += [f for f in folder.iterdir() if f.is_file()]
        return sorted(found, key=_delivered)

    def count(self):
        return len(self.files())

    def raw(self):
        """The messages as bytes, in the order in which they came."""
        return [f.read_bytes() for f in self.files()]

    def messages(self):
        return [
            email.message_from_bytes(r, policy=email.policy.default)
            for r in self.raw()
        ]

    def wait_for(self, count=1, timeout=15.0):
        """Waits until `count` messages are there and returns all of them."""
        until(
            lambda: self.count() >= count,
            timeout,
            f"{count} message(s) in {self.path}; there are {self.count()}",
        )
        return self.messages()
