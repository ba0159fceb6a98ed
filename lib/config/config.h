// Reads a program's YAML file into the message that describes it.
//
// The proto files of proto/config/v1 say what a file may hold: names, types,
// defaults, bounds (options.proto). This folder turns text into such a message
// by reflection, checks all that can be checked without the program, and says
// where a mistake is:
//
//   greylistd.yaml:12:3: rules.delya: unknown field; did you mean "delay"?
//
//   config::v1::Greylistd config;
//   RETURN_IF_ERROR(config::LoadFile("/etc/postern/greylistd.yaml", config));
//   const absl::Duration delay = config::FromProto(config.rules().delay());
//
// How YAML becomes a message: durations read "5m" and "1h30m", sizes "25MiB",
// enum values lower-case without their prefix (MODE_ENFORCE: enforce); a
// scalar where a list is wanted is a list of one; a map field is a mapping.
// Anchors, aliases and tags are refused. Every message field exists with its
// defaults unless it is an optional_block; a oneof has at most one member. An
// overlay is the whole file again with some fields changed (overlay.h).
//
// Errors:  InvalidArgument "<file>:<line>:<column>: <field>: <what>" for the
//          first mistake; NotFound and the like when the file cannot be read.
//          The message is untouched then.
// Threads: pure; LoadFile blocks.
// Limits:  a file of 1 MiB, 32 levels.

#ifndef POSTERN_LIB_CONFIG_CONFIG_H_
#define POSTERN_LIB_CONFIG_CONFIG_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace google::protobuf {
class Duration;
class Message;
}  // namespace google::protobuf

namespace postern::config {

// Replaces `config` with what `yaml` says, and the defaults for the rest.
// `file_name` is for the errors.
absl::Status Load(absl::string_view yaml, absl::string_view file_name,
                  google::protobuf::Message& config);

// As Load(), of the file at `path`.
absl::Status LoadFile(const std::string& path,
                      google::protobuf::Message& config);

// Replaces `config` with its defaults: a program without a file. Fails if a
// required field has none.
absl::Status ApplyDefaults(google::protobuf::Message& config);

// Returns `config`, which came from one of the functions above, as YAML that
// Load() reads back to the same message: every field with its value.
std::string Print(const google::protobuf::Message& config);

// Returns the duration in the form that the program computes with.
absl::Duration FromProto(const google::protobuf::Duration& duration);

}  // namespace postern::config

#endif  // POSTERN_LIB_CONFIG_CONFIG_H_
