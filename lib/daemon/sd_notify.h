// Tells the service manager how the program is doing.
//
// Source:  sd_notify(3): one datagram to the socket named by $NOTIFY_SOCKET.
// Errors:  none are reported: without a manager there is nobody to tell.
// Threads: safe from any thread.

#ifndef POSTERN_LIB_DAEMON_SD_NOTIFY_H_
#define POSTERN_LIB_DAEMON_SD_NOTIFY_H_

#include "absl/strings/string_view.h"

namespace postern::daemon {

// Sends `state`, for example "READY=1" or "STOPPING=1".
void NotifyServiceManager(absl::string_view state);

}  // namespace postern::daemon

#endif  // POSTERN_LIB_DAEMON_SD_NOTIFY_H_
