// An https URI, taken apart as far as the client needs it.
//
// libcurl's own parser does the work, so what was checked here is what is
// asked for later.
//
// Source:  RFC 3986; RFC 9110 section 4.2.2.
// Errors:  InvalidArgument with the text at fault.
// Threads: pure.
// Limits:  2048 characters of printable ASCII; no user or password in it.

#ifndef POSTERN_LIB_HTTPS_TARGET_H_
#define POSTERN_LIB_HTTPS_TARGET_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::https {

struct Target {
  std::string uri;   // As it is asked for.
  std::string host;  // A host's name, or an address without brackets.
  uint16_t port = 443;
};

absl::StatusOr<Target> ParseTarget(absl::string_view uri);

}  // namespace postern::https

#endif  // POSTERN_LIB_HTTPS_TARGET_H_
