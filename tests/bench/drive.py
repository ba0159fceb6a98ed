"""Runs the parts of the benchmark; see README.md."""

import argparse
import pathlib
import tempfile

import dkim_bench
import filter_bench
import handoff_bench
import milter_bench
import policy_bench
import queue_bench
import relay_bench
import session_bench
from kit.postfix import open_to_all
from measuring import machine

PARTS = {
    "policy": policy_bench.run,
    "growth": policy_bench.growth,
    "relay": relay_bench.run,
    "queue": queue_bench.run,
    "filters": filter_bench.run,
    "handoff": handoff_bench.run,
    "milter": milter_bench.run,
    "sessions": session_bench.run,
    "dkim": dkim_bench.run,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []])
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--repeat", type=int, default=3, help="runs a figure")
    parser.add_argument(
        "--millions", type=int, default=10, help="how far `growth` goes"
    )
    parser.add_argument(
        "--queued", type=int, default=1_000_000, help="messages of `queue`"
    )
    parser.add_argument(
        "--handed", type=int, default=10_000, help="messages of `handoff`"
    )
    options = parser.parse_args()
    print(machine())
    tables = []
    with tempfile.TemporaryDirectory(prefix="postern-bench.") as name:
        folder = pathlib.Path(name)
        open_to_all(folder)
        for part in options.parts or PARTS:
            print(f"{part}:", flush=True)
            tables += PARTS[part](folder / part, options)
    for table in tables:
        table.show(options.markdown)


if __name__ == "__main__":
    main()
