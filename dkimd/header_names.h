// Which header fields are signed, in opendkim's words.
//
// A list of names takes the place of the usual ones; one that begins with '*'
// changes them: "*,+X-Header,-Subject". The names may stand in one item with
// commas or in several.
//
// Source:  opendkim.conf(5) SignHeaders, OmitHeaders; RFC 6376 section 5.4:
// From
//          is always signed.
// Errors:  InvalidArgument: no name of a field.
// Threads: pure.

#ifndef POSTERN_DKIMD_HEADER_NAMES_H_
#define POSTERN_DKIMD_HEADER_NAMES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::dkimd {

// Returns the usual names as `items` change them; they stay if it is empty.
absl::StatusOr<std::vector<std::string>> ChangedNames(
    const std::vector<std::string>& usual,
    const std::vector<std::string>& items);

// Returns `names` without those in `omitted`.
std::vector<std::string> NamesWithout(std::vector<std::string> names,
                                      const std::vector<std::string>& omitted);

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_HEADER_NAMES_H_
