"""Processor time, memory and tables: what the benchmark's parts share."""

import json
import os
import pathlib
import statistics
import subprocess
import time

from kit.program import binary

_TICK = os.sysconf("SC_CLK_TCK")


def tree_of(pid):
    """The process and all its descendants."""
    children = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def cpu_seconds(pid):
    """Processor time of the tree, user and system, ended children included."""
    total = 0
    for one in tree_of(pid):
        try:
            text = pathlib.Path(f"/proc/{one}/stat").read_text()
        except OSError:
            continue
        total += sum(int(f) for f in text.rsplit(")", 1)[1].split()[11:15])
    return total / _TICK


def _memory_kib(pid, what):
    total = 0
    for one in tree_of(pid):
        try:
            text = pathlib.Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        for line in text.splitlines():
            if line.startswith(what):
                total += int(line.split()[1])
    return total


def resident_mib(pid):
    """Resident memory of the tree."""
    return _memory_kib(pid, "Rss:") / 1024


def peak_mib(pid):
    """The most memory that the process had at once since it started."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmHWM")


def proportional_kib(pid):
    """Resident memory of the tree; what processes share counts once."""
    return _memory_kib(pid, "Pss:")


def generate(name, pid, **options):
    """Runs a generator against the process tree of `pid`; returns its figures
    with the tree's processor time for one item."""
    command = [binary(name)]
    for key, value in options.items():
        command += [f"--{key}", str(value)]
    before = cpu_seconds(pid)
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    figures = json.loads(done.stdout)
    items = next(figures[k] for k in ("requests", "messages", "sessions") if k in figures)
    figures["cpu_us"] = (cpu_seconds(pid) - before) / items * 1e6
    return figures


def median(rows):
    """One row with the median of every figure."""
    return {
        key: statistics.median(row[key] for row in rows)
        for key in rows[0]
        if isinstance(rows[0][key], (int, float))
    }


def machine():
    """One line that says where the figures come from."""
    model = "?"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
    kernel = os.uname().release
    return f"{os.cpu_count()} cores ({model}), Linux {kernel}, " + time.strftime(
        "%Y-%m-%d"
    )


class Table:
    """Rows of text, printed aligned or as Markdown."""

    def __init__(self, title, *columns):
        self.title = title
        self.rows = [columns]

    def add(self, *cells):
        self.rows.append([str(c) for c in cells])
        print("  " + "  ".join(map(str, cells)), flush=True)

    def show(self, markdown):
        if markdown:
            print(f"\n### {self.title}\n")
            for number, row in enumerate(self.rows):
                print("| " + " | ".join(row) + " |")
                if number == 0:
                    print("|" + "---|" * len(row))
            return
        print(f"\n{self.title}")
        widths = [max(len(r[i]) for r in self.rows) for i in range(len(self.rows[0]))]
        for row in self.rows:
            print("  " + "  ".join(c.ljust(w) for c, w in zip(row, widths)))
