// The next hop of the transport lmtp: where a mail store takes mail.
//
//   unix:/run/dovecot/lmtp    a socket of this machine
//   inet:host:port, host      this host, without MX look-up; the port is 24
//
// or several of these, as in next_hop.h.
//
// Source:  lmtp(8) of Postfix; RFC 2033 section 5: LMTP is not found through
//          MX. The path of a socket begins with a slash.
// Errors:  InvalidArgument tells what is wrong.
// Threads: pure.

#ifndef POSTERN_MTA_ROUTING_LMTP_HOP_H_
#define POSTERN_MTA_ROUTING_LMTP_HOP_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mta/routing/next_hop.h"

namespace postern::mta::routing {

absl::StatusOr<NextHop> ParseLmtpHops(absl::string_view text);

}  // namespace postern::mta::routing

#endif  // POSTERN_MTA_ROUTING_LMTP_HOP_H_
