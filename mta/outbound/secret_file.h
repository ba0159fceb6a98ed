// Whether a file that has passwords is closed to others.
//
// The group may read it: so do secrets reach a container that runs as somebody
// else than their owner.
//
// Errors:  InvalidArgument "<path>: …" if others may read or anybody but its
//          owner may write it. A file that is not there is no trouble here.
// Threads: any; it blocks.

#ifndef POSTERN_MTA_OUTBOUND_SECRET_FILE_H_
#define POSTERN_MTA_OUTBOUND_SECRET_FILE_H_

#include <string>

#include "absl/status/status.h"

namespace postern::mta::outbound {

absl::Status CheckSecretFile(const std::string& path);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_SECRET_FILE_H_
