// Who a command is to run as, by name.
//
// Source:  pipe(8) of Postfix: user= is "user" or "user:group".
// Errors:  InvalidArgument: there is no such user or group, or it is root, or
//          has root's group.
// Threads: at start; it may wait for the machine's user database.

#ifndef POSTERN_MTA_OUTBOUND_RUN_AS_H_
#define POSTERN_MTA_OUTBOUND_RUN_AS_H_

#include <string>

#include "absl/status/statusor.h"
#include "mta/outbound/acting_as.h"

namespace postern::mta::outbound {

absl::StatusOr<FileOwner> RunAs(const std::string& user_and_group);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_RUN_AS_H_
