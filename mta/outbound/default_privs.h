// Who the files and the commands of aliases belong to.
//
// Source:  postconf(5) default_privs. A relay that is not root has no choice:
//          they are its own.
// Errors:  InvalidArgument; the text starts with the field.
// Threads: at start; it may wait for the machine's user database.

#ifndef POSTERN_MTA_OUTBOUND_DEFAULT_PRIVS_H_
#define POSTERN_MTA_OUTBOUND_DEFAULT_PRIVS_H_

#include <optional>

#include "absl/status/statusor.h"
#include "mta/outbound/acting_as.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::outbound {

// Returns the user of default_privs; nullopt: it is not needed, since nothing
// is written or run, or we are not root. Root is not taken.
absl::StatusOr<std::optional<FileOwner>> DefaultPrivs(
    const config::v1::Mta& config);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_DEFAULT_PRIVS_H_
