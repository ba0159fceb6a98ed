// The address of a name server, as configured and as libunbound wants it.
//
// Threads: pure.

#ifndef POSTERN_LIB_DNS_SERVER_ADDRESS_H_
#define POSTERN_LIB_DNS_SERVER_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::dns {

// Turns "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:5353" or
// "192.0.2.53@5353" into libunbound's form, the last one.
absl::StatusOr<std::string> UnboundAddress(absl::string_view text);

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_SERVER_ADDRESS_H_
