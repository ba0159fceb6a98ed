"""A disk that fails and a clock that jumps, below one program (faults.c)."""

import pathlib
import struct
import subprocess

SOURCE = pathlib.Path(__file__).with_name("faults.c")


class Faults:
    """Give `environment` to a Program before it starts; what is set here is so
    for it from then on, and at once for one that runs."""

    def __init__(self, folder, below):
        self._library = pathlib.Path(folder) / "faults.so"
        self._orders = pathlib.Path(folder) / "faults.orders"
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror"]
            + ["-o", self._library, SOURCE, "-ldl"],
            check=True,
        )
        self._write_errno = self._sync_errno = self._clock_offset = 0
        self._orders.write_bytes(self._bytes())
        self.environment = {
            "LD_PRELOAD": str(self._library),
            "FAULTS_FILE": str(self._orders),
            "FAULTS_FOLDER": str(below),
        }

    def fail(self, operation, error):
        """`operation` is "write" or "sync", `error` a number of errno."""
        if operation == "write":
            self._write_errno = error
        else:
            self._sync_errno = error
        self._put()

    def heal(self):
        self._write_errno = self._sync_errno = 0
        self._put()

    def move_clock(self, seconds):
        """The program's clock is so far ahead of the machine's."""
        self._clock_offset = int(seconds)
        self._put()

    def _bytes(self):
        return struct.pack(
            "=iiq", self._write_errno, self._sync_errno, self._clock_offset
        )

    def _put(self):
        with open(self._orders, "r+b", buffering=0) as orders:
            orders.write(self._bytes())
