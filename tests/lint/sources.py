"""Rules for code: its format, sizes, names and companions."""

import ast
import re
import shutil
import subprocess

from tree import CODE, Skip, is_test, rule

MAX_FILE_LINES = 400
# Its settings stand side by side, as in Postfix's main.cf.
LONG_FILES = {"proto/config/v1/mta.proto": 740}
MAX_FUNCTION_LINES = 60
# docs/design/0002-build-files.md
MAX_BUILD_LINES = 120
MAX_LINES_A_TARGET = 15
FORBIDDEN_NAMES = {"util", "utils", "common", "helper", "helpers", "misc",
                   "manager", "impl", "core"}
# What needs no test of its own: what tests are made of, and main().
UNTESTED = re.compile(r"(^|/)main\.cc$|_(test|fuzz|benchmark)\.cc$"
                      r"|(^|/)(fake|test)_\w+\.cc$|^tests/"
                      r"|^lib/testing/(fuzz_replay|tsan_mutex)\.cc$")

# Sources whose only way in is another file: the test that goes through it.
TESTED_THROUGH = {
    "ctl/channel.cc": "tests/e2e/test_mail_leaves_by_mx_and_smarthost.py",
    "ctl/greylist.cc": "tests/interop/test_postgrey_hands_over_to_greylistd.py",
    "ctl/queue.cc": "tests/e2e/test_mail_leaves_by_mx_and_smarthost.py",
    "dkimd/open_replay_counter.cc":
        "tests/e2e/test_dkimd_signs_and_verifies.py",
    "greylistd/embedded_sightings.cc": "greylistd/sightings_test.cc",
    "greylistd/open_sightings.cc":
        "tests/e2e/test_greylistd_shares_its_state_in_redis.py",
    "greylistd/redis_script.cc": "greylistd/sightings_test.cc",
    "lib/dns/scripted_name_server.cc": "lib/dns/unbound_resolver_test.cc",
    "lib/dns/unbound_context.cc": "lib/dns/unbound_resolver_test.cc",
    "lib/https/transfer.cc": "lib/https/client_test.cc",
    "lib/https/transfers.cc": "lib/https/client_test.cc",
    "lib/milter/filter_session.cc": "lib/milter/engine_test.cc",
    "lib/milter/libmilter_connection.cc": "lib/milter/engine_test.cc",
    "lib/milter/libmilter_outcome.cc": "lib/milter/engine_test.cc",
    "lib/milter/libmilter_server.cc": "lib/milter/engine_test.cc",
    "lib/net/stream_socket.cc": "lib/net/stream_test.cc",
    "mta/admin/queue_service.cc":
        "tests/e2e/test_mail_leaves_by_mx_and_smarthost.py",
    "mta/limits/shared_counts.cc": "mta/limits/budgets_test.cc",
    "mta/outbound/handoff_line.cc": "mta/outbound/handoff_test.cc",
    "mta/queue/committer.cc": "mta/queue/spool_test.cc",
    "mta/queue/edit.cc": "mta/queue/spool_test.cc",
    "mta/queue/incoming.cc": "mta/queue/spool_test.cc",
    "mta/queue/queue_config.cc": "mta/relay_test.cc",
    "mta/queue/queue_metrics.cc": "mta/queue/scheduler_test.cc",
    "mta/queue/spool_database.cc": "mta/queue/spool_test.cc",
    "mta/queue/stored_content.cc": "mta/queue/spool_test.cc",
    "mta/queue/unsynced_file_system.cc": "mta/queue/spool_crash_test.cc",
    "mta/tls_report/local_counts.cc": "mta/tls_report/counts_test.cc",
    "mta/tls_report/shared_counts.cc": "mta/tls_report/counts_test.cc",
    "mta/server/checks.cc": "mta/server/session_test.cc",
    "mta/server/conversation.cc": "mta/server/session_test.cc",
    "mta/server/filtering.cc":
        "tests/e2e/test_filters_see_mail_and_change_it.py",
    "mta/server/handoff_arrival.cc": "mta/server/handoff_reception_test.cc",
}


def has_shebang(tree, path, *words):
    first = tree.text(path).split("\n", 1)[0]
    return first.startswith("#!") and any(word in first for word in words)


@rule("C++ is formatted")
def clang_format(tree):
    if shutil.which("clang-format-14") is None:
        raise Skip("clang-format-14 is not installed")
    files = tree.files(*CODE)
    if not files:
        return
    done = subprocess.run(
        ["clang-format-14", "--dry-run", "--style=file", *files],
        cwd=tree.root, capture_output=True, text=True)
    named = {line.split(":", 1)[0] for line in done.stderr.splitlines()
             if "[-Wclang-format-violations]" in line}
    for path in sorted(named):
        yield f"{path}:1: clang-format-14 would change it"
    if done.returncode != 0 and not named:
        yield f"{files[0]}:1: clang-format-14 failed: {done.stderr[:200]}"


@rule(f"files have at most {MAX_FILE_LINES} lines")
def file_length(tree):
    scripts = [p for p in tree.files() if has_shebang(tree, p, "sh", "python")]
    for path in sorted({*tree.files(*CODE, ".py", ".proto", ".bzl"), *scripts}):
        count = len(tree.text(path).splitlines())
        if count > LONG_FILES.get(path, MAX_FILE_LINES):
            yield f"{path}:{count}: {count} lines"


@rule("every foo.cc has its foo_test.cc")
def companions(tree):
    for path in tree.files(".cc"):
        if UNTESTED.search(path) is None:
            beside = path[:-len(".cc")] + "_test.cc"
            tests = (beside, TESTED_THROUGH.get(path, beside))
            if not any(tree.exists(test) for test in tests):
                yield f"{path}:1: has no {beside}"


@rule("every foo_fuzz.cc has a corpus")
def corpora(tree):
    for path in tree.files("_fuzz.cc"):
        folder, name = path[:-len(".cc")].rsplit("/", 1)
        corpus = f"{folder}/testdata/{name}/"
        if not any(p.startswith(corpus) for p in tree.paths):
            yield f"{path}:1: has nothing in {corpus}"


@rule("files and folders are named for what they define")
def names(tree):
    for path in tree.files():
        for part in path.split("/"):
            words = set(re.split(r"[_.-]", part.lower()))
            if words & FORBIDDEN_NAMES:
                bad = ", ".join(sorted(words & FORBIDDEN_NAMES))
                yield f"{path}:1: \"{bad}\" in a name says nothing"


@rule("header guards match the paths")
def guards(tree):
    for path in tree.files(".h"):
        guard = "POSTERN_" + re.sub(r"[/.]", "_", path).upper() + "_"
        text = tree.text(path)
        if (f"\n#ifndef {guard}\n#define {guard}\n" not in "\n" + text
                or not text.endswith(f"#endif  // {guard}\n")):
            yield f"{path}:1: the header guard must be {guard}"


@rule("string views are absl::string_view")
def string_views(tree):
    wrong = re.compile(r"\bstd::string_view\b|#include <string_view>")
    for path in tree.files(*CODE):
        for number, line in tree.lines(path):
            if wrong.search(line.split("//", 1)[0]):
                yield f"{path}:{number}: absl::string_view is wanted"


# A comment, a raw string, a string or a character (but not a digit separator).
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"(?P<raw>[^(\s]*)\(.*?\)(?P=raw)"'
                   r'|"(?:\\.|[^"\\\n])*"'
                   r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'", re.DOTALL)


def blank(text):
    """The C++ text with comments and literals replaced by spaces."""
    return TOKEN.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def lines_of_raw_strings(text):
    """The numbers of the lines that belong to a raw string alone: they are
    another language."""
    numbers = set()
    for found in TOKEN.finditer(text):
        if found.group("raw") is not None:
            first = text.count("\n", 0, found.start()) + 1
            numbers.update(range(first + 1, first + found.group().count("\n")))
    return numbers


# What may stand before a "{" that only holds declarations.
SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b[^;(){}]*$")


def functions(text):
    """The bodies outside of any other: (line of its beginning, last line)."""
    code = blank(text)
    begins, statement = [], 0  # Where each open brace's statement begins.
    for at, c in enumerate(code):
        if c == "{":
            before = code[statement:at]
            is_scope = SCOPE.search(before) is not None
            is_body = not is_scope and not re.search(r"[=,(]\s*$", before)
            first = statement + len(before) - len(before.lstrip())
            begins.append((is_scope, is_body, first))
            statement = at + 1
        elif c == "}" and begins:
            is_scope, is_body, first = begins.pop()
            if is_body and all(scope for scope, _, _ in begins):
                yield (code.count("\n", 0, first) + 1,
                       code.count("\n", 0, at) + 1)
            statement = at + 1
        elif c == ";" or (c == "\n" and code[statement:at].lstrip()[:1] == "#"):
            statement = at + 1


@rule(f"functions have at most {MAX_FUNCTION_LINES} lines")
def function_length(tree):
    for path in tree.files(*CODE):
        if is_test(path):
            continue  # Tables of cases may be long.
        foreign = lines_of_raw_strings(tree.text(path))
        for first, last in functions(tree.text(path)):
            count = len(set(range(first, last + 1)) - foreign)
            if count > MAX_FUNCTION_LINES:
                yield f"{path}:{first}: a function of {count} lines"
    for path in tree.files(".py"):
        for node in ast.walk(ast.parse(tree.text(path), path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                count = node.end_lineno - node.lineno + 1
                if count > MAX_FUNCTION_LINES:
                    yield f"{path}:{node.lineno}: a function of {count} lines"


@rule("build files are short and say what they are")
def build_files(tree):
    for path in tree.files("BUILD.bazel"):
        text = tree.text(path)
        count = len(text.splitlines())
        targets = len(re.findall(r"^\s*name = ", text, re.MULTILINE))
        if count > max(MAX_BUILD_LINES, MAX_LINES_A_TARGET * targets):
            yield f"{path}:{count}: {count} lines for {targets} targets"
        if not text.startswith("# "):
            yield f"{path}:1: must begin with a comment"


@rule("shell scripts pass shellcheck")
def shell_scripts(tree):
    if shutil.which("shellcheck") is None:
        raise Skip("shellcheck is not installed")
    scripts = [p for p in tree.files() if has_shebang(tree, p, "bash", "/sh")]
    if not scripts:
        return
    done = subprocess.run(["shellcheck", "-x", "-f", "gcc", *scripts],
                          cwd=tree.root, capture_output=True, text=True)
    yield from done.stdout.splitlines()


@rule("nothing is left for later")
def left_for_later(tree):
    # Spelled so that this file does not find itself.
    word = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
    for path in tree.files():
        for number, line in tree.lines(path):
            found = word.search(line)
            if found:
                yield f"{path}:{number}: \"{found.group()}\""
