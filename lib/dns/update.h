// Changes the TXT records of a name in a zone, by asking the zone's primary
// server to (a dynamic update, as nsupdate(1) sends it).
//
//   CO_RETURN_IF_ERROR(co_await SendUpdate(
//       server, {.zone = "example.org", .name = "mail._domainkey.example.org",
//                .texts = {"v=DKIM1; p="}}, key, clock, deadline));
//
// Source:  RFC 2136; RFC 8945 for the signatures of both directions.
// Errors:  AlreadyExists: the name has a TXT record and is to be new.
//          PermissionDenied: the server does not let us, or the answer is not
//          its own. FailedPrecondition: it does not serve the zone.
//          Unavailable, DeadlineExceeded: ask again later; whether it was done
//          is not known, and it does no harm twice. The text says which code
//          the server gave.
// Threads: `clock` must outlive the task.

#ifndef POSTERN_LIB_DNS_UPDATE_H_
#define POSTERN_LIB_DNS_UPDATE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/dns/tsig.h"
#include "lib/net/deadline.h"
#include "lib/net/endpoint.h"
#include "lib/net/task.h"

namespace postern::dns {

struct TxtUpdate {
  std::string zone;
  std::string name;
  // The strings of the one record that there is then, each of 255 bytes at
  // most; none: there is no TXT record any more.
  std::vector<std::string> texts = {};
  absl::Duration ttl = absl::Hours(1);
  bool must_be_new = false;  // Changes nothing if there is a TXT record.

  // Returns the message that asks for it, not signed.
  std::string Packed(uint16_t id) const;
};

// What an answer means. `request` was signed with `key` and has the digest
// `mac`.
absl::Status CheckUpdateAnswer(absl::string_view request, absl::string_view mac,
                               const TsigKey& key, absl::string_view answer,
                               absl::Time now);

// Over TCP. The host of `server` is an address.
net::Task<absl::Status> SendUpdate(net::Endpoint server, TxtUpdate update,
                                   TsigKey key, const Clock& clock,
                                   net::Deadline deadline);

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_UPDATE_H_
