#include "mta/routing/host_tls.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"

namespace postern::mta::routing {
namespace {

using Kind = AppliedTlsPolicy::Kind;
using Proof = net::TlsPeer::Proof;

HostTls Refused(HostTls tls, TlsFailure failure, std::string why) {
  tls.finding.failure = failure;
  tls.finding.detail = why;
  tls.refusal = std::move(why);
  return tls;
}

// RFC 7672 section 3.2.2 and 3.2.3: the domain that the mail is for counts as
// well, for it is nobody's word but the sender's.
void AskForTlsa(const TlsaFound& tlsa, const NextHop& next_hop,
                const Host& host, TlsDemand& demand) {
  net::TlsPeer& peer = demand.peer;
  peer.proof = Proof::kTlsa;
  peer.tlsa = tlsa.usable;
  peer.names = {tlsa.base};
  if (next_hop.kind == NextHop::Kind::kMx && next_hop.others.empty()) {
    peer.names.push_back(next_hop.host);
  }
  peer.server_name = tlsa.base;
  demand.is_host_trusted = host.is_name_secure;
}

HostTls WithTlsa(const HopTls& hop, const NextHop& next_hop, const Host& host,
                 const TlsaFound& tlsa, HostTls tls) {
  tls.finding.policy.kind = Kind::kTlsa;
  tls.finding.policy.strings = tlsa.strings;
  const bool counts =
      host.is_name_secure || hop.policy.insecure_mx == TlsLevel::kDane;
  if (tlsa.usable.empty() && hop.policy.level == TlsLevel::kDaneOnly) {
    return Refused(std::move(tls), TlsFailure::kTlsaInvalid,
                   "dane-only: none of its TLSA records is usable");
  }
  const bool is_proof = counts && !tlsa.usable.empty();
  tls.demand = BasicDemand(
      hop.policy, is_proof ? hop.policy.level : TlsLevel::kEncrypt, host);
  if (is_proof) AskForTlsa(tlsa, next_hop, host, tls.demand);
  SetSessionKey(host, tls.demand);
  return tls;
}

HostTls WithSts(const HopTls& hop, const Host& host, HostTls tls) {
  const StsPolicy& policy = *hop.sts.policy;
  const bool is_enforced = policy.mode == StsPolicy::Mode::kEnforce;
  tls.finding.policy.kind = Kind::kSts;
  tls.finding.policy.strings = policy.ToLines();
  tls.finding.policy.mx_patterns = policy.mx;
  if (!policy.Names(host.name)) {
    std::string why = absl::StrCat("MTA-STS: ", Printable(host.name),
                                   " is not a host of the domain's policy");
    if (is_enforced) {
      return Refused(std::move(tls), TlsFailure::kValidationFailure,
                     std::move(why));
    }
    tls.finding.failure = TlsFailure::kValidationFailure;
    tls.finding.detail = std::move(why);
    return tls;
  }
  tls.demand = BasicDemand(
      hop.policy, is_enforced ? TlsLevel::kVerify : TlsLevel::kMay, host);
  tls.demand.peer.server_name = host.name;
  tls.demand.peer.proof = Proof::kName;
  tls.demand.peer.names = {host.name};
  tls.demand.peer.is_lenient = !is_enforced;
  tls.demand.is_host_trusted = is_enforced;
  SetSessionKey(host, tls.demand);
  return tls;
}

}  // namespace

bool NeedsSts(const TlsPolicy& policy, const NextHop& next_hop) {
  return !policy.is_entry && MayHaveSts(policy.level) &&
         next_hop.kind == NextHop::Kind::kMx && next_hop.others.empty() &&
         !next_hop.is_lmtp;
}

bool NeedsTlsa(const TlsPolicy& policy, const Host& host) {
  if (!host.socket.empty()) return false;
  if (policy.level == TlsLevel::kDaneOnly) return host.is_name_secure;
  return policy.level == TlsLevel::kDane &&
         (host.is_name_secure || policy.insecure_mx != TlsLevel::kMay);
}

HostTls HostTlsOf(const HopTls& hop, const NextHop& next_hop, const Host& host,
                  const absl::StatusOr<TlsaFound>& tlsa) {
  HostTls tls;
  if (!host.socket.empty()) return tls;
  if (next_hop.kind == NextHop::Kind::kMx) {
    tls.finding.policy.domain = next_hop.host;
  }
  tls.finding.mx_host = host.name;
  tls.finding.mx_address = host.address.ToString();
  tls.demand = DemandOf(hop.policy, next_hop, host);
  if (NeedsTlsa(hop.policy, host)) {
    if (!tlsa.ok()) {
      tls.finding.policy.kind = Kind::kTlsa;
      return Refused(std::move(tls), TlsFailure::kDnssecInvalid,
                     absl::StrCat("DANE: its TLSA records cannot be had: ",
                                  Printable(tlsa.status().message())));
    }
    if (tlsa->is_any()) {
      return WithTlsa(hop, next_hop, host, *tlsa, std::move(tls));
    }
  }
  if (hop.policy.level == TlsLevel::kDaneOnly) {
    return Refused(std::move(tls), TlsFailure::kDaneRequired,
                   host.is_name_secure
                       ? "dane-only: it has no secure TLSA records"
                       : "dane-only: the domain's MX is without DNSSEC");
  }
  if (hop.sts.is_any()) return WithSts(hop, host, std::move(tls));
  if (hop.sts.failure.has_value()) {
    tls.finding.policy.kind = Kind::kSts;
    tls.finding.failure = hop.sts.failure;
    tls.finding.detail = hop.sts.detail;
  }
  return tls;
}

TlsFailure FailureOf(net::TlsFault fault, const TlsDemand& demand) {
  const bool is_dane = demand.peer.proof == Proof::kTlsa;
  switch (fault) {
    case net::TlsFault::kHostMismatch:
      return TlsFailure::kCertificateHostMismatch;
    case net::TlsFault::kExpired:
      return TlsFailure::kCertificateExpired;
    case net::TlsFault::kNotTrusted:
      return is_dane ? TlsFailure::kTlsaInvalid
                     : TlsFailure::kCertificateNotTrusted;
    case net::TlsFault::kTlsaMismatch:
      return TlsFailure::kTlsaInvalid;
    default:
      return TlsFailure::kValidationFailure;
  }
}

}  // namespace postern::mta::routing
