"""Makes the fixtures of tests/kit known to every Python suite."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

pytest_plugins = ["kit.fixtures"]
