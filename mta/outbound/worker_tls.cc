// What a worker demands of the TLS to its hosts, and what it tells of it.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/net/deadline.h"
#include "lib/net/stream.h"
#include "mta/outbound/outcome.h"
#include "mta/outbound/pool_metrics.h"
#include "mta/outbound/worker.h"
#include "mta/routing/dane.h"

namespace postern::mta::outbound {

net::Task<std::optional<queue::Outcome>> Worker::FindPolicy() {
  if (pool_.options_.tls_policies == nullptr) co_return std::nullopt;
  const routing::NextHop& hop = next_hop_;
  if (hop.is_tls_optional) {
    const bool has_tls = pool_.options_.tls_context != nullptr;
    hop_tls_ = {};
    hop_tls_.policy.level = has_tls ? TlsLevel::kMay : TlsLevel::kNone;
    co_return std::nullopt;
  }
  absl::StatusOr<routing::TlsPolicy> policy =
      co_await pool_.options_.tls_policies->For(hop);
  if (!policy.ok()) {
    co_return Deferred(
        Cause::kConfiguration, "4.7.5",
        absl::StrCat("smtp_tls_policy_maps: ", policy.status().message()));
  }
  hop_tls_.policy = *std::move(policy);
  hop_tls_.sts = routing::StsFound();
  routing::StsFinder* const sts = pool_.options_.sts;
  if (sts == nullptr || !routing::NeedsSts(hop_tls_.policy, hop)) {
    co_return std::nullopt;
  }
  const std::shared_ptr<const routing::StsFound> found =
      co_await sts->For(hop.host);
  hop_tls_.sts = *found;
  co_return std::nullopt;
}

net::Task<routing::HostTls> Worker::TlsFor(routing::Host host) const {
  absl::StatusOr<routing::TlsaFound> tlsa = routing::TlsaFound();
  if (routing::NeedsTlsa(hop_tls_.policy, host)) {
    const net::Deadline deadline =
        net::Deadline::After(pool_.options_.connect_timeout);
    tlsa = co_await routing::FindTlsa(pool_.resolver_, host, deadline);
  }
  routing::HostTls tls = routing::HostTlsOf(hop_tls_, next_hop_, host, tlsa);
  // Without STARTTLS there is no way without TLS.
  if (pool_.options_.tls_wrapper && !next_hop_.is_lmtp && host.socket.empty()) {
    tls.demand.level = std::max(tls.demand.level, TlsLevel::kEncrypt);
  }
  co_return tls;
}

SessionOptions Worker::OptionsFor(const routing::Host& host,
                                  const net::Stream& stream,
                                  routing::TlsDemand demand) const {
  const routing::NextHop& hop = next_hop_;
  const PoolOptions& options = pool_.options_;
  return {
      .helo_name = options.connector->HeloName(stream),
      .own_name = options.own_name,
      .command_timeout = options.command_timeout,
      .data_done_timeout = options.data_done_timeout,
      .detect_loop =
          hop.kind == routing::NextHop::Kind::kMx && !hop.is_relayhost,
      .tls = std::move(demand),
      .tls_context = options.tls_context.get(),
      .tls_timeout = options.tls_timeout,
      .tls_fingerprint_digest =
          options.tls_policies == nullptr
              ? ""
              : options.tls_policies->fingerprint_digest(),
      .tls_wrapper = options.tls_wrapper && !hop.is_lmtp,
      .sasl = options.logins == nullptr || hop.is_lmtp
                  ? nullptr
                  : &options.logins->rules(),
      .login = login_,
      .host_name = host.name,
      .is_lmtp = hop.is_lmtp,
  };
}

void Worker::CountTls(const routing::TlsDemand& demand) const {
  const net::Stream& stream = session_->stream();
  if (!stream.is_tls()) {
    pool_.metrics_->in_the_clear.Increment();
    return;
  }
  const bool is_verified = demand.is_proof();
  const bool is_resumed = stream.is_tls_resumed();
  (is_verified ? pool_.metrics_->verified : pool_.metrics_->encrypted)
      .Increment();
  if (is_resumed) pool_.metrics_->tls_resumed.Increment();
  log::Info("tls_to_next_hop", {{"relay", session_->relay()},
                                {"version", stream.tls_version()},
                                {"cipher", stream.tls_cipher()},
                                {"level", NameOf(demand.level)},
                                {"resumed", is_resumed ? "yes" : "no"},
                                {"verified", is_verified ? "yes" : "no"}});
}

void Worker::ReportTls(const routing::Host& host, routing::HostTls tls,
                       const std::optional<queue::Outcome>& refusal) const {
  using Kind = routing::AppliedTlsPolicy::Kind;
  if (tls.demand.level == TlsLevel::kNone) {
    if (!refusal) CountTls(tls.demand);
    return;
  }
  routing::TlsFinding& finding = tls.finding;
  bool is_broken = !tls.refusal.empty();
  if (session_ != nullptr) {
    if (!refusal) CountTls(tls.demand);
    const std::optional<routing::TlsFailure> failure = session_->tls_failure();
    // It did not come to TLS.
    if (!session_->stream().is_tls() && !failure) return;
    is_broken = session_->has_failed_tls();
    finding.from_address = session_->stream().local().host;
    finding.mx_helo = session_->greeted_as();
    if (failure && !finding.failure) {
      finding.failure = failure;
      finding.detail =
          refusal ? refusal->reply : "the mail goes there all the same";
    }
  }
  if (is_broken) pool_.metrics_->tls_failed.Increment();
  const Kind kind = finding.policy.kind;
  pool_.metrics_->OfPolicy(kind, finding.failure.has_value()).Increment();
  if (finding.failure && (is_broken || kind != Kind::kNoneFound)) {
    log::Warning("tls_failed", {{"relay", host.ToString()},
                                {"level", NameOf(tls.demand.level)},
                                {"policy", NameOf(kind)},
                                {"failure", NameOf(*finding.failure)},
                                {"why", finding.detail}});
  }
  // What is told of TLS tells nothing of its own deliveries.
  if (pool_.options_.on_tls && !next_hop_.is_tls_optional) {
    pool_.options_.on_tls(finding);
  }
}

}  // namespace postern::mta::outbound
