"""Protocol buffers with the system's protoc, so no rules_proto is needed."""

def postern_proto(name, src, grpc = False, deps = []):
    """Generates foo.pb.{h,cc} (and foo.grpc.pb.{h,cc}) from foo.proto.

    `name` is a C++ library. `deps` are other postern_proto libraries whose
    .proto files `src` imports.
    """
    base = src[:-len(".proto")]
    native.filegroup(name = name + "_src", srcs = [src] + [d + "_src" for d in deps])
    hdrs = [base + ".pb.h"] + ([base + ".grpc.pb.h"] if grpc else [])
    srcs = [base + ".pb.cc"] + ([base + ".grpc.pb.cc"] if grpc else [])
    plugin = " --grpc_out=$(GENDIR) --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin" if grpc else ""
    native.genrule(
        name = name + "_gen",
        srcs = [name + "_src"],
        outs = hdrs + srcs,
        cmd = "protoc -I. --cpp_out=$(GENDIR)%s %s/%s" % (plugin, native.package_name(), src),
    )
    native.cc_library(
        name = name,
        srcs = srcs,
        hdrs = hdrs,
        copts = ["-std=c++20"],
        deps = deps + ["//deploy/bazel/system:" + ("grpc" if grpc else "protobuf")],
    )
