// Reads the small zone files that tests are written in.
//
//   # a comment
//   example.org      MX   10 mx.example.org
//   example.org      TXT  "v=spf1 " "-all"     ; secure
//
// One record a line: name, type, data; no TTL, no class, no $ORIGIN. Names are
// full, with or without a dot at the end. Data is words and quoted strings;
// \" \\ and \DDD work inside quotes. A line that ends in "; secure" is marked
// as validated with DNSSEC; anything else behind ';' is a comment.
//
// Errors:  InvalidArgument with the number of the line.
// Threads: pure.

#ifndef POSTERN_LIB_TESTING_ZONE_H_
#define POSTERN_LIB_TESTING_ZONE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::testing {

struct ZoneRecord {
  std::string name;               // Lower case, no dot at the end.
  std::string type;               // Upper case.
  std::vector<std::string> data;  // Words; quoted strings without quotes.
  bool secure = false;
};

absl::StatusOr<std::vector<ZoneRecord>> ParseZone(absl::string_view text);

}  // namespace postern::testing

#endif  // POSTERN_LIB_TESTING_ZONE_H_
