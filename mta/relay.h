// The parts list of the relay: what it is made of, in the order of a message's
// way through it.
//
//   server     mail comes in: SMTP, restrictions, policy services
//   spool      holds it on disk
//   scheduler  decides when to try
//   reports    count what becomes of the TLS to next hops, and tell the domains
//   delivery   takes it to its next hops and Maildirs
//   handoff    gives what is left to other relays at the end
//   queue      the operator's view of it (gRPC)
//
// Errors:  InvalidArgument: the configuration cannot work; the text starts
//          with the field at fault. Else what a part could not open.
// Threads: Start() and Check() on the main thread.

#ifndef POSTERN_MTA_RELAY_H_
#define POSTERN_MTA_RELAY_H_

#include "absl/status/status.h"
#include "lib/daemon/daemon.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta {

// Checks what the configuration's types cannot say; opens nothing.
absl::Status Check(const config::v1::Mta& config);

// Opens the spool, then everything else; delivery of what is in the spool
// begins, mail is accepted once the daemon serves.
absl::Status Start(const config::v1::Mta& config, daemon::Daemon& daemon);

}  // namespace postern::mta

#endif  // POSTERN_MTA_RELAY_H_
