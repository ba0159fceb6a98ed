"""Rules that keep documents, examples and configuration in step."""

import os
import re

from tree import rule

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FIELD = re.compile(r"\s+(?:optional |repeated )?(map<[^>]*>|[\w.]+) (\w+) = \d+")
SCALARS = {"string", "bool", "double", "int32", "int64", "uint32", "uint64"}


@rule("links in documents lead somewhere")
def links(tree):
    for path in tree.files(".md"):
        fenced = False
        for number, line in tree.lines(path):
            fenced ^= line.lstrip().startswith("```")
            if fenced:
                continue
            for target in LINK.findall(line):
                name = target.split("#", 1)[0]
                if not name or re.match(r"[a-z]+:", name):
                    continue
                full = os.path.join(tree.root, os.path.dirname(path), name)
                if not os.path.exists(full):
                    yield f"{path}:{number}: {target} does not exist"


@rule("example configurations are tested")
def examples(tree):
    tests = [p for p in tree.files("_test.cc", ".py", "BUILD.bazel")
             if p.endswith("_test.cc") or p.startswith(("tests/", "deploy/"))]
    for path in tree.files(".yaml", under="deploy/config/"):
        name = path.rsplit("/", 1)[-1]
        if not any(name in tree.text(test) for test in tests):
            yield f"{path}:1: no test names it"


def commented_messages(tree):
    """The messages that have a comment above them."""
    names = set()
    for path in tree.files(".proto", under="proto/config/v1/"):
        names.update(re.findall(r"//[^\n]*\nmessage (\w+)", tree.text(path)))
    return names


@rule("every configuration field is described")
def config_fields(tree):
    described = commented_messages(tree)
    for path in tree.files(".proto", under="proto/config/v1/"):
        before = ""
        for number, line in tree.lines(path):
            field = FIELD.match(line)
            is_described = (before.lstrip().startswith("//") or "//" in line)
            if field and not is_described and field.group(1) not in described:
                yield f"{path}:{number}: {field.group(2)} has no comment"
            before = line


@rule("every folder of code has a README of at most 20 lines")
def readmes(tree):
    folders = {p.rsplit("/", 1)[0] for p in tree.files(".cc")}
    for folder in sorted(folders):
        path = f"{folder}/README.md"
        if not tree.exists(path):
            yield f"{path}:1: is missing"
        elif len(tree.text(path).splitlines()) > 20:
            yield f"{path}:21: more than 20 lines"
