// What the text of a string field may be, by its kind.
//
// Threads: pure.

#ifndef POSTERN_LIB_CONFIG_TEXT_KIND_H_
#define POSTERN_LIB_CONFIG_TEXT_KIND_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "proto/config/v1/options.pb.h"

namespace postern::config {

// Tells in words what a text of `kind` looks like: "an IP address".
std::string WantedText(v1::Kind kind);

// Returns InvalidArgument if `text` is not of `kind`, is not UTF-8 or has
// control characters other than tabs and line ends.
absl::Status CheckText(absl::string_view text, v1::Kind kind);

}  // namespace postern::config

#endif  // POSTERN_LIB_CONFIG_TEXT_KIND_H_
