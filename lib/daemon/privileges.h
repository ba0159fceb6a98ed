// Gives up root's powers, but for what opening the sockets takes.
//
//   RETURN_IF_ERROR(BecomeUser(config.user(), config.group()));
//   … open files and sockets, as that user …
//   RETURN_IF_ERROR(DropCapabilities());
//
// Between the two calls the process still may bind ports below 1024 and give
// its own Unix sockets to another group; nothing else of root is left.
//
// Errors:  InvalidArgument: no such user or group; PermissionDenied.
// Threads: before any thread is started (credentials are per thread).

#ifndef POSTERN_LIB_DAEMON_PRIVILEGES_H_
#define POSTERN_LIB_DAEMON_PRIVILEGES_H_

#include <string>

#include "absl/status/status.h"

namespace postern::daemon {

// Becomes `user` and `group` (empty: the user's own group) with the user's
// supplementary groups. Does nothing when `user` is empty, or when the process
// is that user already; fails when it is another one and not root.
absl::Status BecomeUser(const std::string& user, const std::string& group);

// Gives up what BecomeUser() kept, for good, in this and all later threads.
absl::Status DropCapabilities();

}  // namespace postern::daemon

#endif  // POSTERN_LIB_DAEMON_PRIVILEGES_H_
