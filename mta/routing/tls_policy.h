// How sure we are to be of a next hop before it gets the mail, as one entry of
// smtp_tls_policy_maps or smtp_tls_security_level has it.
//
// This is the pure half: entries and names in, demands out. Which entry is for
// a next hop is found by tls_policies.h.
//
//   ASSIGN_OR_RETURN(TlsPolicy policy,
//                    ParseTlsPolicy("secure match=example.org", defaults));
//   const TlsDemand demand = DemandOf(policy, next_hop, host);
//
// Source:  postconf(5) smtp_tls_policy_maps: a level, then the attributes
//          match=, protocols=, ciphers= (medium or high) and servername=.
//          Other than there, an entry with anything else is wrong and its mail
//          waits. `verify` takes a name that came of the DNS; `secure` is safe
//          from a forged MX.
// Errors:  InvalidArgument: the entry is wrong.
// Threads: values and pure functions.

#ifndef POSTERN_MTA_ROUTING_TLS_POLICY_H_
#define POSTERN_MTA_ROUTING_TLS_POLICY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/tls_peer.h"
#include "mta/routing/mx.h"
#include "mta/routing/next_hop.h"

namespace postern::mta::routing {

// In the order of postconf(5); all but none, may and dane are a must.
enum class TlsLevel {
  kNone,
  kMay,
  kEncrypt,
  kDane,      // As the TLSA records of a host want it, kMay without any.
  kDaneOnly,  // No mail without these.
  kFingerprint,
  kVerify,
  kSecure,
};

// Returns "may" and the like.
absl::string_view NameOf(TlsLevel level);

// Whether a domain's own policy may ask for more than this level.
bool MayHaveSts(TlsLevel level);

struct TlsStrength {
  net::TlsVersions versions;
  net::TlsCiphers ciphers = net::TlsCiphers::kMedium;
};

// Where TLS may be and where it must.
struct TlsStrengths {
  TlsStrength may;
  TlsStrength must;

  const TlsStrength& At(TlsLevel level) const {
    return level <= TlsLevel::kMay ? may : must;
  }
};

struct TlsPolicy {
  TlsLevel level = TlsLevel::kMay;
  // kVerify and kSecure: "hostname", "nexthop", "dot-nexthop", or names as they
  // are; kFingerprint: digests as "AB:CD:…".
  std::vector<std::string> match;
  TlsStrengths strength;
  // What is asked for by SNI; empty or "hostname": the host's name.
  std::string server_name;
  // kDane: what to make of the records of a host that an MX without DNSSEC
  // names: kDane, kEncrypt or kMay.
  TlsLevel insecure_mx = TlsLevel::kDane;
  // It was written for this next hop, so nothing that a domain publishes of
  // itself counts beside it, but for the records that kDane asks for.
  bool is_entry = false;
};

// What an entry takes from the configuration where it does not say so itself.
struct TlsDefaults {
  std::vector<std::string> verify_match = {"hostname"};
  std::vector<std::string> secure_match = {"nexthop", "dot-nexthop"};
  TlsStrengths strength;
  TlsLevel insecure_mx = TlsLevel::kDane;
  bool has_dnssec = true;  // Else dane and dane-only are wrong.

  // The policy of a level without attributes.
  TlsPolicy Of(TlsLevel level) const;
};

absl::StatusOr<TlsPolicy> ParseTlsPolicy(absl::string_view entry,
                                         const TlsDefaults& defaults);

// Returns the keys to look a policy up by, in this order. A next hop in
// brackets or with a port has only its own; a domain has those of its parents
// too: "mx.example.org", ".example.org", ".org".
std::vector<std::string> TlsPolicyKeys(const NextHop& next_hop,
                                       uint16_t default_port);

// What a session has to see.
struct TlsDemand {
  TlsLevel level = TlsLevel::kNone;
  net::TlsPeer peer;
  std::vector<std::string> fingerprints;  // One of them, unless there is none.
  // What proves the host was not learnt from a DNS that anybody may have
  // written, so it may promise REQUIRETLS (RFC 8689 section 4.2.1).
  bool is_host_trusted = false;

  // A session of this demand is with nobody else.
  bool is_proof() const {
    return (peer.proof != net::TlsPeer::Proof::kNone && !peer.is_lenient) ||
           !fingerprints.empty();
  }
};

// What `policy` itself demands; at kDane and kDaneOnly that is kMay, until
// host_tls.h has looked at the host's records.
TlsDemand DemandOf(const TlsPolicy& policy, const NextHop& next_hop,
                   const Host& host);

// A demand of this level and strength that asks for no proof yet. When one is
// added, SetSessionKey() must follow.
TlsDemand BasicDemand(const TlsPolicy& policy, TlsLevel level,
                      const Host& host);
void SetSessionKey(const Host& host, TlsDemand& demand);

}  // namespace postern::mta::routing

#endif  // POSTERN_MTA_ROUTING_TLS_POLICY_H_
