"""The C++ rules every BUILD file uses, so flags and test conventions live once."""

# Designated initializers leave members at their defaults on purpose.
_COPTS = [
    "-std=c++20",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wno-missing-field-initializers",
]

def postern_library(name, **kwargs):
    """One subject: foo.h + foo.cc, or a few files that only make sense together."""
    native.cc_library(name = name, copts = _COPTS, **kwargs)

def postern_binary(name, **kwargs):
    """A program."""
    native.cc_binary(name = name, copts = _COPTS, **kwargs)

def postern_test(name, srcs = None, deps = [], **kwargs):
    """foo_test: by default built from foo_test.cc next to foo.cc."""
    native.cc_test(
        name = name,
        srcs = srcs or [name + ".cc"],
        copts = _COPTS,
        size = kwargs.pop("size", "small"),
        deps = deps + ["//lib/testing", "//deploy/bazel/system:gtest_main"],
        **kwargs
    )

def postern_fuzz(name, deps = [], corpus = None, **kwargs):
    """foo_fuzz, from foo_fuzz.cc, which defines LLVMFuzzerTestOneInput.

    foo_fuzz_test replays the corpus (testdata/foo_fuzz/*) as a unit test in
    every build; foo_fuzz is the libFuzzer program (--config=fuzz, clang).
    """
    files = corpus or native.glob(["testdata/" + name + "/**"])
    native.cc_test(
        name = name + "_test",
        srcs = [name + ".cc"],
        copts = _COPTS,
        size = "small",
        args = ["$(locations %s)" % f for f in files],
        data = files,
        deps = deps + ["//lib/testing:fuzz_replay"],
        **kwargs
    )
    native.cc_binary(
        name = name,
        testonly = True,
        srcs = [name + ".cc"],
        copts = _COPTS,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual", "fuzz"],
        deps = deps,
    )
