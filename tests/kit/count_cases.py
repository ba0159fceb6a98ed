"""Counts the cases of JUnit files: prints "PASSED FAILED SKIPPED".

Reads file names from standard input, one a line; GoogleTest, Bazel and pytest
all write this format. A file that cannot be read counts as one failure.
"""

import sys
import xml.etree.ElementTree


def count(path):
    passed = failed = skipped = 0
    try:
        root = xml.etree.ElementTree.parse(path).getroot()
    except (OSError, xml.etree.ElementTree.ParseError):
        return 0, 1, 0
    for case in root.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            skipped += 1
        else:
            passed += 1
    # Bazel's own file of a program that is no GoogleTest.
    if passed + failed + skipped == 0:
        failed += any(int(s.get("errors", 0)) for s in root.iter("testsuite"))
    return passed, failed, skipped


def main():
    totals = [0, 0, 0]
    for line in sys.stdin:
        if line.strip():
            totals = [a + b for a, b in zip(totals, count(line.strip()))]
    print(*totals)


if __name__ == "__main__":
    main()
