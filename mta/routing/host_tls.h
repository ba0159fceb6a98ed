// What the TLS of one host of a next hop must be, with all that was said about
// it taken together: the policy of the next hop, the host's TLSA records and
// the domain's own policy.
//
//   const HostTls tls = HostTlsOf(hop, next_hop, host, tlsa);
//   if (!tls.refusal.empty()) …no mail to this host…
//   Connect(host, tls.demand);
//
// An entry of smtp_tls_policy_maps counts before all else. Then come TLSA
// records: where the level asks for them and there are any they alone count,
// and when they cannot be had the host gets no mail. Then comes MTA-STS.
//
// Source:  RFC 7672 section 2.1 and 2.2 (records that cannot be had; none of
//          them usable: TLS is a must, the certificate may be any), section 3.2
//          (names); RFC 8461 section 2 (DANE comes first), section 4.2, 5;
//          RFC 8689 section 4.2.1 (who may promise REQUIRETLS).
// Errors:  none: a refusal is a value.
// Threads: values and pure functions.

#ifndef POSTERN_MTA_ROUTING_HOST_TLS_H_
#define POSTERN_MTA_ROUTING_HOST_TLS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "lib/net/tls_peer.h"
#include "mta/routing/dane.h"
#include "mta/routing/mx.h"
#include "mta/routing/next_hop.h"
#include "mta/routing/sts_policy.h"
#include "mta/routing/tls_finding.h"
#include "mta/routing/tls_policy.h"

namespace postern::mta::routing {

// What is known of a domain's MTA-STS.
struct StsFound {
  std::optional<StsPolicy> policy = std::nullopt;
  // Why there is none although the domain says so.
  std::optional<TlsFailure> failure = std::nullopt;
  std::string detail = {};

  // Whether the policy bears on a connection.
  bool is_any() const {
    return policy.has_value() && policy->mode != StsPolicy::Mode::kNone;
  }
};

struct HopTls {
  TlsPolicy policy = {.level = TlsLevel::kNone};
  StsFound sts = {};
};

struct HostTls {
  TlsDemand demand = {};
  TlsFinding finding = {};
  std::string refusal = {};  // Why the host gets no mail; empty: it may.
};

// Tells whether a domain's MTA-STS policy has to be known.
bool NeedsSts(const TlsPolicy& policy, const NextHop& next_hop);

// Tells whether the TLSA records of `host` have to be known.
bool NeedsTlsa(const TlsPolicy& policy, const Host& host);

// `tlsa` is what was found where NeedsTlsa().
HostTls HostTlsOf(const HopTls& hop, const NextHop& next_hop, const Host& host,
                  const absl::StatusOr<TlsaFound>& tlsa);

// Returns what a fault of a handshake is called, given what was to be proved.
TlsFailure FailureOf(net::TlsFault fault, const TlsDemand& demand);

}  // namespace postern::mta::routing

#endif  // POSTERN_MTA_ROUTING_HOST_TLS_H_
