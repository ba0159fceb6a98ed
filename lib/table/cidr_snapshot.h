// cidr tables: networks in order; the key is an IP address.
//
// Source:  cidr_table(5). A network may stand in brackets, "[2001:db8::]/32".
//          IPv4-mapped IPv6 keys count as IPv4.
// Errors:  InvalidArgument "<path>:<line>: <what>".
// Threads: immutable.
// Limits:  a look-up takes time in proportion to the rules.

#ifndef POSTERN_LIB_TABLE_CIDR_SNAPSHOT_H_
#define POSTERN_LIB_TABLE_CIDR_SNAPSHOT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/table/snapshot.h"

namespace postern::table {

// Reads the content of a file. Keys that are no addresses are not found.
absl::StatusOr<std::unique_ptr<const Snapshot>> ParseCidr(
    absl::string_view content, const std::string& path);

}  // namespace postern::table

#endif  // POSTERN_LIB_TABLE_CIDR_SNAPSHOT_H_
