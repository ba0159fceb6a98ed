// A mail filter as the configuration has it: where it is, how long it may take,
// what counts when it does not answer; and which filters are asked together.
//
// Errors:  InvalidArgument; the text starts with the config field at fault.
// Threads: values; pure.
// Limits:  kMaxMilters filters, 16 endpoints each.

#ifndef POSTERN_MTA_FILTERS_MILTER_SERVICE_H_
#define POSTERN_MTA_FILTERS_MILTER_SERVICE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/milter/conversation.h"
#include "lib/net/endpoint.h"
#include "lib/net/tls.h"
#include "lib/net/tls_peer.h"
#include "proto/config/v1/filters.pb.h"

namespace postern::mta::filters {

inline constexpr size_t kMaxMilters = 32;

struct MilterService {
  using OnFailure = config::v1::Milter::OnFailure;

  std::string name;
  std::vector<net::Endpoint> endpoints;  // Hosts may be names.
  OnFailure on_failure = config::v1::Milter::ON_FAILURE_TEMPFAIL;
  absl::Duration connect_timeout = absl::Seconds(5);
  bool reuses_connections = false;
  // Unset: without TLS.
  std::optional<net::TlsOptions> tls;
  std::string tls_server_name;  // Empty: as PeerAt() says.
  milter::Conversation::Options conversation;

  // With TLS: who must answer at one of the addresses of `endpoints`. The host
  // is what counts as it is written: an address itself, or any of the names.
  net::TlsPeer PeerAt(const net::Endpoint& address) const;
};

// Names of filters: one list a group, whose members are asked side by side.
using MilterGroups = std::vector<std::vector<std::string>>;

// Returns the filters of the block by their name.
absl::StatusOr<absl::flat_hash_map<std::string, MilterService>> ParseMilters(
    const config::v1::Filters& config);

// Reads one line, names separated by spaces or commas, of which each must be
// `known`, and none in the line twice.
absl::StatusOr<std::vector<std::string>> ParseMilterGroup(
    absl::string_view line,
    const absl::flat_hash_map<std::string, MilterService>& known);

}  // namespace postern::mta::filters

#endif  // POSTERN_MTA_FILTERS_MILTER_SERVICE_H_
