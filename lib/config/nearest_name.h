// Finds the name that someone probably meant.
//
// Threads: pure.

#ifndef POSTERN_LIB_CONFIG_NEAREST_NAME_H_
#define POSTERN_LIB_CONFIG_NEAREST_NAME_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace postern::config {

// Returns the one of `names` with the fewest letters inserted, left out,
// replaced or exchanged with their neighbour to get `written`; empty if all
// are too far away (more than a third of the letters, and more than one).
std::string NearestName(absl::string_view written,
                        const std::vector<std::string>& names);

}  // namespace postern::config

#endif  // POSTERN_LIB_CONFIG_NEAREST_NAME_H_
