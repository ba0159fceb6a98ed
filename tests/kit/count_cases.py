"""Counts the cases of JUnit files: prints "PASSED FAILED SKIPPED", then a line
for each reason of a skip.

Reads file names from standard input, one a line; GoogleTest, Bazel and pytest
all write this format. A file that cannot be read counts as one failure.
"""

import collections
import sys
import xml.etree.ElementTree


def reason(skipped):
    """The words of a skip, without the place in the code."""
    lines = (skipped.get("message") or skipped.text or "").splitlines()
    return lines[-1].strip() if lines else "no reason given"


def count(path, reasons):
    passed = failed = skipped = 0
    try:
        root = xml.etree.ElementTree.parse(path).getroot()
    except (OSError, xml.etree.ElementTree.ParseError):
        return 0, 1, 0
    for case in root.iter("testcase"):
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif skip is not None:
            skipped += 1
            reasons[reason(skip)] += 1
        elif case.get("status") == "notrun":
            skipped += 1
            reasons["disabled"] += 1
        else:
            passed += 1
    # Bazel's own file of a program that is no GoogleTest.
    if passed + failed + skipped == 0:
        failed += any(int(s.get("errors", 0)) for s in root.iter("testsuite"))
    return passed, failed, skipped


def main():
    totals = [0, 0, 0]
    reasons = collections.Counter()
    for line in sys.stdin:
        if line.strip():
            found = count(line.strip(), reasons)
            totals = [a + b for a, b in zip(totals, found)]
    print(*totals)
    for why, cases in reasons.most_common():
        print(f"{cases} skipped: {why}")


if __name__ == "__main__":
    main()
