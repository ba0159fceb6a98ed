// Records that are known without asking, and the zones that they make up.
//
// Source:  unbound.conf(5), local-zone "static" and local-data.
// Errors:  InvalidArgument with the line's number.
// Threads: pure.

#ifndef POSTERN_LIB_DNS_LOCAL_DATA_H_
#define POSTERN_LIB_DNS_LOCAL_DATA_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::dns {

struct LocalData {
  std::vector<std::string> records;  // One a line, in zone-file form.
  // Names that, with all below them, nobody else is asked about: those of the
  // SOA records, and of what is in none of these zones each name by itself.
  std::set<std::string> zones;
};

// Parses lines "name [ttl] [IN] type data"; empty lines and those that begin
// with '#' or ';' are passed over.
absl::StatusOr<LocalData> ParseLocalData(absl::string_view text);

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_LOCAL_DATA_H_
