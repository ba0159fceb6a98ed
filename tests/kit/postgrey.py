"""Debian's postgrey, the program that greylistd stands in for."""

import pathlib
import shutil
import subprocess

from kit.postfix import open_to_all
from kit.waiting import free_port, listens, until


class Postgrey:
    """Listens on `port`; its database is in `database`."""

    def __init__(self, folder, *options):
        self.folder = pathlib.Path(folder)
        self.database = self.folder / "db"
        self.database.mkdir(parents=True)
        open_to_all(self.folder)
        shutil.chown(self.database, "postgrey", "postgrey")
        self.port = free_port()
        self.options = options
        self.process = None

    def start(self):
        with open(self.folder / "postgrey.log", "ab") as log:
            self.process = subprocess.Popen(
                [
                    "postgrey",
                    f"--inet=127.0.0.1:{self.port}",
                    f"--dbdir={self.database}",
                    "--user=postgrey",
                    "--group=postgrey",
                    f"--pidfile={self.database}/postgrey.pid",
                    *self.options,
                ],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        until(lambda: listens(self.port), 20, "postgrey listening")
        return self

    def stop(self):
        # Now and then it does not hear SIGTERM. Each answer was synced before
        # it was given, so its database is whole without it.
        for _ in range(5):
            if self.process is None or self.process.poll() is not None:
                return
            self.process.terminate()
            try:
                self.process.wait(1)
            except subprocess.TimeoutExpired:
                continue
        self.process.kill()
        self.process.wait()
