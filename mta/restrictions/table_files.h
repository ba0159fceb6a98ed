// The files that the restrictions of a configuration read: when one changes,
// the configuration is read again.
//
// Threads: pure.

#ifndef POSTERN_MTA_RESTRICTIONS_TABLE_FILES_H_
#define POSTERN_MTA_RESTRICTIONS_TABLE_FILES_H_

#include <string>
#include <vector>

#include "proto/config/v1/mta.pb.h"

namespace postern::mta::restrictions {

// Returns the paths behind hash:, texthash:, cidr:, regexp: and pcre: in all
// lists, classes and tables of restrictions, sorted, each once.
std::vector<std::string> TableFiles(const config::v1::Mta& config);

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_TABLE_FILES_H_
