// The record with which a domain asks for reports on TLS: where they go.
//
//   _smtp._tls.example.org TXT
//       "v=TLSRPTv1; rua=mailto:tls@example.org,https://example.org/tls"
//
// A field or a URI that we do not know is passed over, as the RFC wants it, and
// so is a destination that we would not use: a mailto with more than one
// address or with header fields, an address without a domain of its own, a URI
// that https::ParseTarget() refuses.
//
// Source:  RFC 8460 section 3 and 3.1 (there must be one record with this
//          version, others are passed over); RFC 6068 section 2 (mailto).
// Errors:  ParseRecord(): InvalidArgument. FindDestinations(): what the
//          resolver returns.
// Threads: pure; FindDestinations() on any reactor.
// Limits:  records of 4096 bytes, the first kMaxDestinations of their URIs.

#ifndef POSTERN_MTA_TLS_REPORT_RECORD_H_
#define POSTERN_MTA_TLS_REPORT_RECORD_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/dns/resolver.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"

namespace postern::mta::tls_report {

struct Destination {
  enum class Kind { kMail, kHttps };
  Kind kind = Kind::kMail;
  std::string where;  // An address, or a URI.

  friend bool operator==(const Destination&, const Destination&) = default;
};

inline constexpr size_t kMaxDestinations = 5;

// Returns the destinations that `text` names; there may be none that can be
// used.
absl::StatusOr<std::vector<Destination>> ParseRecord(absl::string_view text);

// Returns where reports for `domain` go; nowhere is an answer. `resolver` must
// outlive the task.
net::Task<absl::StatusOr<std::vector<Destination>>> FindDestinations(
    dns::Resolver& resolver, std::string domain, net::Deadline deadline);

}  // namespace postern::mta::tls_report

#endif  // POSTERN_MTA_TLS_REPORT_RECORD_H_
