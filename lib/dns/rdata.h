// The data of one record, as it stands on the wire, without compression.
//
// Source:  RFC 1035 section 3.3, RFC 2782, RFC 3596, RFC 6698.
// Threads: pure.

#ifndef POSTERN_LIB_DNS_RDATA_H_
#define POSTERN_LIB_DNS_RDATA_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "lib/dns/resolver.h"

namespace postern::dns {

// Returns the record; nullopt: it is too short, too long, or names something
// that is no host (MTA-31).
std::optional<Record> ParseRdata(Type type, absl::string_view rdata);

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_RDATA_H_
