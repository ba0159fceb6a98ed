"""Who may include what: the dependency rule and the homes of the libraries,
as ARCHITECTURE.md has them, in two tables."""

import re

from tree import CODE, is_test, rule

# Folder -> the folders it may use besides itself. A folder that is not here
# may use nothing of ours until it is.
MAY_USE = {
    "lib/base": "",
    "lib/net": "lib/base",
    "lib/metrics": "lib/base lib/net",
    "lib/config": "lib/base lib/net",
    "lib/dns": "lib/base lib/net lib/metrics lib/config",
    "lib/https": "lib/base lib/net lib/dns",
    "lib/redis": "lib/base lib/net lib/metrics lib/config lib/dns",
    "lib/kv": "lib/base lib/metrics",
    "lib/table": "lib/base lib/net lib/redis",
    "lib/mail": "lib/base",
    "lib/daemon": "lib/base lib/net lib/metrics lib/config",
    "lib/policy": "lib/base lib/net lib/metrics lib/config lib/daemon",
    "lib/milter": "lib/base lib/net lib/metrics lib/config lib/daemon lib/mail",
    "lib/spf": "lib/base lib/net lib/mail lib/dns",
    "lib/dkim": "lib/base lib/net lib/mail lib/dns",
    "lib/testing": "lib/base lib/net",
    "mta/smtp": "lib",
    "mta/limits": "lib",
    "mta/sasl": "lib",
    "mta/filters": "lib mta/smtp",
    "mta/restrictions": "lib mta/smtp mta/filters mta/rewriting",
    "mta/rewriting": "lib mta/smtp",
    "mta/content": "lib mta/smtp mta/restrictions",
    "mta/queue": "lib mta/smtp",
    "mta/server": "lib mta/smtp mta/limits mta/restrictions mta/filters"
                  " mta/rewriting mta/routing mta/content mta/queue mta/sasl",
    "mta/routing": "lib mta/smtp mta/rewriting",
    "mta/outbound": "lib mta/smtp mta/queue mta/routing mta/rewriting mta/sasl",
    "mta/tls_report": "lib mta/queue mta/routing",
    "mta/admin": "lib mta/queue mta/routing mta/outbound",
    "mta": "lib mta",
    "greylistd": "lib",
    "spfd": "lib",
    "dkimd": "lib",
    "dmarcd": "lib",
    "avscand": "lib",
    "ctl": "lib",
    "tests": "lib mta greylistd spfd dkimd dmarcd avscand ctl",
}

# What a library's headers are called -> where they may be included.
HOMES = {
    r"asio\b": "lib/net/",
    r"openssl/": "lib/net/ lib/dkim/ lib/redis/ greylistd/digest"
                 " tests/bench/tls_layer",
    r"unbound\.h": "lib/dns/",
    r"zlib\.h": "mta/tls_report/",
    r"curl/": "lib/https/",
    r"hiredis/": "lib/redis/",
    r"rocksdb/": "lib/kv/ mta/queue/",
    r"libmilter/": "lib/milter/ tests/interop/",
    r"yaml-cpp/": "lib/config/",
    r"prometheus/": "lib/metrics/",
    r"grpc(pp)?/": "lib/daemon/ ctl/ mta/admin/ mta/main. mta/relay."
                   " greylistd/ spfd/ dkimd/ dmarcd/ avscand/",
    r"sasl/": "mta/sasl/ mta/server/auth_cyrus",
    r"re2/": "lib/table/ mta/rewriting/ greylistd/",
    r"libpsl\.h": "dmarcd/",
    r"gmime/": "avscand/",
    r"archive(_entry)?\.h": "avscand/",
    r"hs(/|\.h)": "avscand/",
    r"idn2\.h": "lib/mail/idna",
    r"spdlog/": "lib/base/log.",
}

INCLUDE = re.compile(r'\s*#\s*include\s+[<"]([^>"]+)[>"]')
OURS = ("lib/", "mta/", "greylistd/", "spfd/", "dkimd/", "dmarcd/", "avscand/",
        "ctl/")


def includes(tree):
    """Every include of every file: (path, line number, what)."""
    for path in tree.files(*CODE):
        for number, line in tree.lines(path):
            found = INCLUDE.match(line)
            if found:
                yield path, number, found.group(1)


def folder_of(path):
    """The folder of the table that `path` belongs to."""
    folder = path.rsplit("/", 1)[0]
    while folder not in MAY_USE and "/" in folder:
        folder = folder.rsplit("/", 1)[0]
    return folder


def is_within(path, folder):
    return path == folder or path.startswith(folder + "/")


@rule("folders use only the folders they may")
def dependencies(tree):
    for path, number, target in includes(tree):
        if is_test(path) or not target.startswith(OURS):
            continue
        folder, used = folder_of(path), folder_of(target)
        may_use = MAY_USE.get(folder, "").split()
        if target.startswith("lib/testing/"):
            yield f"{path}:{number}: only tests may include {target}"
        elif used != folder and not any(is_within(used, f) for f in may_use):
            yield f"{path}:{number}: {folder} may not use {used}"


@rule("each outside library stays in its home")
def homes(tree):
    for path, number, target in includes(tree):
        for headers, places in HOMES.items():
            if not re.match(headers, target) or tree.exists(target):
                continue
            if not path.startswith(tuple(places.split())):
                yield (f"{path}:{number}: {target} is at home in "
                       + ", ".join(places.split()))
