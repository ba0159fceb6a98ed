// Records of our own, as dns.proto's local_data has them, made ready for
// libunbound.
//
// The data of a record is left to libunbound to understand; here lines are
// taken apart as far as it takes to find the names.
//
// Errors:  InvalidArgument; the text starts with where the line is.
// Threads: pure.

#ifndef POSTERN_LIB_DNS_LOCAL_DATA_H_
#define POSTERN_LIB_DNS_LOCAL_DATA_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace postern::dns {

class LocalData {
 public:
  struct Line {
    std::string place;  // "zone.txt:3".
    std::string text;   // Without comment.
  };

  // Adds the lines of `text`; line n stands at `place`:n.
  absl::Status Add(absl::string_view text, absl::string_view place);

  const std::vector<Line>& lines() const { return lines_; }

  // Returns the listed names that are not below another one, in order.
  std::vector<std::string> Zones() const;

 private:
  std::vector<Line> lines_;
  std::vector<std::string> names_;  // Lower case, no dot at the end.
};

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_LOCAL_DATA_H_
