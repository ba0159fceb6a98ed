"""The files that a rule looks at, and what a rule is."""

import pathlib
import subprocess

CODE = (".cc", ".h")
RULES = []


class Skip(Exception):
    """A rule cannot be checked here; the text says why."""


def rule(name):
    """Makes a function a rule: it takes a Tree and yields its findings, each
    "path:line: what"."""

    def register(function):
        RULES.append((name, function))
        return function

    return register


class Tree:
    """The files under version control, or about to be, below `root`."""

    def __init__(self, root, paths=None):
        self.root = pathlib.Path(root)
        self.paths = sorted(paths if paths is not None else self._listed())
        self._texts = {}

    def _listed(self):
        listed = subprocess.run(
            ["git", "ls-files", "-z", "-co", "--exclude-standard"],
            cwd=self.root, check=True, capture_output=True, text=True)
        return [p for p in listed.stdout.split("\0")
                if p and (self.root / p).is_file()]

    def files(self, *suffixes, under=""):
        """The paths below the folder `under` that end in one of `suffixes`;
        test data, which may be anything, is left out."""
        return [p for p in self.paths
                if p.endswith(suffixes or "") and p.startswith(under)
                and "testdata" not in p.split("/")]

    def text(self, path):
        if path not in self._texts:
            data = (self.root / path).read_bytes()
            self._texts[path] = data.decode("utf-8", errors="replace")
        return self._texts[path]

    def lines(self, path):
        """The lines of a file with their numbers."""
        return enumerate(self.text(path).splitlines(), start=1)

    def exists(self, path):
        return path in self.paths


def is_test(path):
    """Tells whether a file is only ever linked into tests."""
    name = path.rsplit("/", 1)[-1]
    stem = name.rsplit(".", 1)[0]
    return (stem.endswith(("_test", "_fuzz", "_benchmark"))
            or stem.startswith(("fake_", "test_"))
            or path.startswith(("lib/testing/", "tests/")))
