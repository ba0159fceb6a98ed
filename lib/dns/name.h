// Domain names as text: what can be asked for, what can be a host.
//
// Source:  RFC 1035 section 2.3 and 3.1, RFC 1123 section 2.1, RFC 5321
//          section 2.3.5.
// Threads: pure.

#ifndef POSTERN_LIB_DNS_NAME_H_
#define POSTERN_LIB_DNS_NAME_H_

#include <string>

#include "absl/strings/string_view.h"
#include "lib/net/ip.h"

namespace postern::dns {

// Tells whether `name` can be sent in a question: labels of 1 to 63 printable
// ASCII characters, 253 in all, without escapes. One dot may follow.
bool IsDomainName(absl::string_view name);

// Tells whether `name` can be a host: as above, of letters, digits, '-' and
// '_', no label with '-' at an end, and not the text of an address.
bool IsHostName(absl::string_view name);

// Returns the name in the reverse zone: "1.2.0.192.in-addr.arpa".
std::string ReverseName(const net::IpAddress& address);

// Returns `name` in lower case and without a dot at the end.
std::string Normalized(absl::string_view name);

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_NAME_H_
