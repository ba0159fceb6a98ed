"""The rules themselves: each finds what it is there to find."""

import pathlib
import tempfile

from tree import RULES, Skip, Tree, rule

GUARD = "#ifndef POSTERN_LIB_BASE_{0}_H_\n#define POSTERN_LIB_BASE_{0}_H_\n" \
        "#endif  // POSTERN_LIB_BASE_{0}_H_\n"
LONG = "int F() {\n" + "  G();\n" * 60 + "}\n"
LATER = "TO" + "DO"

# A file that breaks a rule, and the function that finds it.
BROKEN = [
    ("lib/base/a.cc", "int  x;\n", "clang_format"),
    ("lib/base/a.cc", "\n" * 401, "file_length"),
    ("lib/base/a.cc", "", "companions"),
    ("lib/base/a_fuzz.cc", "", "corpora"),
    ("lib/base/string_util.h", GUARD.format("STRING_UTIL"), "names"),
    ("lib/base/a.h", GUARD.format("B"), "guards"),
    ("lib/base/a.cc", "std::string_view v;\n", "string_views"),
    ("lib/base/a.cc", "namespace a {\n" + LONG + "}\n", "function_length"),
    ("lib/base/a.cc", "class A {\n " + LONG + "};\n", "function_length"),
    ("tests/a.py", "def f():\n" + "    g()\n" * 60, "function_length"),
    ("lib/base/BUILD.bazel", "load()\n", "build_files"),
    ("lib/base/BUILD.bazel", "# x\n" + "\n" * 120, "build_files"),
    ("deploy/a", "#!/bin/bash\necho $1\n", "shell_scripts"),
    ("README.md", LATER + ": more\n", "left_for_later"),
    ("README.md", "see [that](none.md)\n", "links"),
    ("deploy/config/a.yaml", "", "examples"),
    ("proto/config/v1/a.proto", "message A {\n  string b = 1;\n}\n",
     "config_fields"),
    ("lib/base/a.cc", "", "readmes"),
    ("lib/base/a.cc", '#include "lib/net/b.h"\n', "dependencies"),
    ("lib/mail/a.cc", '#include "lib/net/b.h"\n', "dependencies"),
    ("mta/queue/a.cc", '#include "mta/server/b.h"\n', "dependencies"),
    ("lib/net/a.cc", '#include "lib/testing/b.h"\n', "dependencies"),
    ("lib/net/a.cc", '#include "greylistd/b.h"\n', "dependencies"),
    ("lib/dns/a.cc", "#include <asio.hpp>\n", "homes"),
    ("mta/server/a.cc", '#include "re2/re2.h"\n', "homes"),
]

# Files that break no rule.
SOUND = {
    "lib/base/BUILD.bazel": "# What there is.\n",
    "lib/base/README.md": "# lib/base\n\n[a](a.h), [b](https://x.example/)\n",
    "lib/base/a.h": GUARD.format("A"),
    "lib/base/a.cc": '#include "lib/base/a.h"\n\n'
                     "const int kTable[] = {\n" + "    1,  // x\n" * 70 + "};\n\n"
                     'const char* F() {\n  return R"(' + "{\n" * 70
                     + ')";\n}\n',
    "lib/base/a_test.cc": '#include "lib/testing/x.h"\n',
    "lib/base/a_fuzz.cc": "",
    "lib/base/testdata/a_fuzz/1": LATER + "\n",
    "proto/config/v1/a.proto": "message A {\n  // What.\n  string b = 1;\n}\n",
}


def findings_in(files, check):
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            full = pathlib.Path(folder, path)
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_text(text)
        pathlib.Path(folder, ".clang-format").write_text(
            "BasedOnStyle: Google\n")
        return list(check(Tree(folder, list(files))))


@rule("the rules find what they are there to find")
def self_check(_):
    checks = {f.__name__: f for _, f in RULES if f is not self_check}
    here = "tests/lint/self_check.py:1:"
    for path, text, name in BROKEN:
        try:
            if not findings_in({path: text}, checks[name]):
                yield f"{here} {name} does not find what is wrong in {path}"
        except Skip:
            pass
    for name, check in checks.items():
        if name not in {n for _, _, n in BROKEN}:
            yield f"{here} {name} has no example"
        try:
            for finding in findings_in(SOUND, check):
                yield f"{here} {name} finds what is not there: {finding}"
        except Skip:
            pass
