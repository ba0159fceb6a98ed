// The file of a Unix socket: who may connect.
//
// Errors:  InvalidArgument for a user or group that does not exist, else what
//          the system says; the text starts with "unix:<path>".
// Threads: at start, as getpwnam(3) has it.

#ifndef POSTERN_LIB_NET_SOCKET_FILE_H_
#define POSTERN_LIB_NET_SOCKET_FILE_H_

#include <string>

#include "absl/status/status.h"

namespace postern::net {

// Gives the file its mode, and its owner: "user", "user:group" or ":group";
// empty: as it is.
absl::Status SetSocketFile(const std::string& path, int mode,
                           const std::string& owner);

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_SOCKET_FILE_H_
