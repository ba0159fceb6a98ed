// Which destinations the operator means: a domain ("example.org"), what is
// below one (".example.org"), either of the name of an exchanger
// ("mx:.example.org"), or "*", which is all of them.
//
// Threads: pure.

#ifndef POSTERN_MTA_OUTBOUND_DESTINATION_PATTERN_H_
#define POSTERN_MTA_OUTBOUND_DESTINATION_PATTERN_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace postern::mta::outbound {

// All in lower case.
bool MatchesDestination(absl::string_view pattern, absl::string_view domain,
                        const std::vector<std::string>& hosts);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_DESTINATION_PATTERN_H_
