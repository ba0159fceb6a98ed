// Reads the data of one record as it comes off the wire.
//
// Names in it are not compressed: libunbound sees to that.
//
// Source:  RFC 1035 section 3.3, RFC 3596, RFC 2782, RFC 6698.
// Errors:  InvalidArgument: too short, too long, or a name that is no host
//          (MTA-31). Leave such a record out.
// Threads: pure.

#ifndef POSTERN_LIB_DNS_RDATA_H_
#define POSTERN_LIB_DNS_RDATA_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/dns/record.h"

namespace postern::dns {

absl::StatusOr<Record> ParseRdata(Type type, absl::string_view rdata);

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_RDATA_H_
