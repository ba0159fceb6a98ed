#include "mta/outbound/pool.h"

#include <chrono>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/net/deadline.h"
#include "mta/outbound/outcome.h"
#include "mta/outbound/pool_metrics.h"
#include "mta/outbound/worker.h"

namespace postern::mta::outbound {
namespace {

absl::Duration DurationOf(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) +
         absl::Nanoseconds(duration.nanos());
}

metrics::Counter& Connections(metrics::Registry& registry, const char* result) {
  return registry.AddCounter("postern_mta_smtp_connections_total",
                             "Connections to next hops, by how they began.",
                             {{"result", result}});
}

metrics::Counter& Transactions(metrics::Registry& registry,
                               const char* connection) {
  return registry.AddCounter(
      "postern_mta_smtp_transactions_total",
      "Messages handed to next hops, by the age of the connection.",
      {{"connection", connection}});
}

metrics::Counter& Secured(metrics::Registry& registry, const char* result) {
  return registry.AddCounter("postern_mta_smtp_tls_total",
                             "Connections to next hops, by their TLS.",
                             {{"result", result}});
}

metrics::Counter& ByPolicy(metrics::Registry& registry,
                           routing::AppliedTlsPolicy::Kind kind,
                           const char* result) {
  using Kind = routing::AppliedTlsPolicy::Kind;
  return registry.AddCounter(
      "postern_mta_smtp_tls_policy_total",
      "Connections to next hops whose TLS came to its end, or that were not "
      "made for its sake, by the domain's policy.",
      {{"policy",
        kind == Kind::kNoneFound ? "none" : std::string(NameOf(kind))},
       {"result", result}});
}

absl::StatusOr<std::shared_ptr<net::TlsContext>> TlsContextFrom(
    const config::v1::Mta& config, const routing::TlsPolicies& policies) {
  if (!policies.uses_tls()) return nullptr;
  absl::StatusOr<std::unique_ptr<net::TlsContext>> created =
      net::TlsContext::CreateClient(
          {.ca_file = config.smtp_tls_cafile(),
           .ca_path = config.smtp_tls_capath(),
           .verify_peer = policies.uses_authorities(),
           .session_lifetime =
               DurationOf(config.smtp_tls_session_cache_timeout())});
  if (!created.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("smtp_tls_CAfile: ", created.status().message()));
  }
  return *std::move(created);
}

bool IsTlsAMust(const config::v1::Mta& config) {
  return config.smtp_tls_security_level() !=
             config::v1::SMTP_TLS_SECURITY_LEVEL_NONE &&
         config.smtp_tls_security_level() !=
             config::v1::SMTP_TLS_SECURITY_LEVEL_MAY;
}

FamilyOrder::Preference PreferenceOf(const config::v1::Smtp& smtp) {
  switch (smtp.smtp_address_preference()) {
    case config::v1::Smtp::ADDRESS_PREFERENCE_IPV4:
      return FamilyOrder::Preference::kIpv4;
    case config::v1::Smtp::ADDRESS_PREFERENCE_IPV6:
      return FamilyOrder::Preference::kIpv6;
    default:
      return FamilyOrder::Preference::kAny;
  }
}

metrics::Counter& LoggedIn(metrics::Registry& registry, const char* result) {
  return registry.AddCounter("postern_mta_smtp_auth_total",
                             "Logins at next hops.", {{"result", result}});
}

void NoteConnecting(std::chrono::steady_clock::time_point since, Job& job) {
  const auto until = job.sent_since.value_or(std::chrono::steady_clock::now());
  for (queue::Outcome& outcome : job.outcomes) {
    outcome.connecting = absl::FromChrono(until - since);
  }
}

void ShowLines(metrics::Registry& registry, std::shared_ptr<Lines> lines) {
  metrics::Gauge& waiting = registry.AddGauge(
      "postern_mta_smtp_waiting", "Messages that wait for a connection.");
  metrics::Gauge& down = registry.AddGauge("postern_mta_smtp_destinations_down",
                                           "Next hops that count as down.");
  registry.OnRender([&waiting, &down, lines = std::move(lines)] {
    waiting.Set(static_cast<double>(lines->waiting()));
    down.Set(static_cast<double>(lines->down()));
  });
}

// One gauge a block of destination_limits, and one for all the rest.
void ShowClasses(metrics::Registry& registry,
                 const std::vector<std::string>& classes,
                 std::shared_ptr<Lines> lines) {
  std::vector<metrics::Gauge*> gauges;
  for (const std::string& name : classes) {
    gauges.push_back(&registry.AddGauge(
        "postern_mta_smtp_concurrency",
        "Connections to next hops, by the limits that hold for them.",
        {{"limits", name}}));
  }
  registry.OnRender([gauges, lines = std::move(lines)] {
    std::vector<size_t> workers = lines->WorkersByClass();
    workers.resize(gauges.size());
    for (size_t i = 0; i < gauges.size(); ++i) {
      gauges[i]->Set(static_cast<double>(workers[i]));
    }
  });
}

}  // namespace

Pool::Metrics::Metrics(metrics::Registry& registry)
    : opened(Connections(registry, "opened")),
      refused(Connections(registry, "refused")),
      unreachable(Connections(registry, "unreachable")),
      unresolved(Connections(registry, "unresolved")),
      on_fresh(Transactions(registry, "fresh")),
      on_kept(Transactions(registry, "kept")),
      retried(registry.AddCounter(
          "postern_mta_smtp_retries_total",
          "Messages given to another connection because the first one ended "
          "before any content was sent.")),
      in_the_clear(Secured(registry, "none")),
      encrypted(Secured(registry, "encrypted")),
      verified(Secured(registry, "verified")),
      tls_failed(Secured(registry, "failed")),
      tls_resumed(registry.AddCounter(
          "postern_mta_smtp_tls_resumed_total",
          "TLS connections to next hops that went on with an earlier "
          "session.")),
      logged_in(LoggedIn(registry, "accepted")),
      login_refused(LoggedIn(registry, "rejected")),
      open(registry.AddGauge("postern_mta_smtp_connections_open",
                             "Connections to next hops that are open.")) {
  using Kind = routing::AppliedTlsPolicy::Kind;
  for (const Kind kind : {Kind::kNoneFound, Kind::kSts, Kind::kTlsa}) {
    by_policy.push_back(
        {ByPolicy(registry, kind, "ok"), ByPolicy(registry, kind, "failed")});
  }
}

absl::StatusOr<PoolOptions> PoolOptions::FromConfig(
    const config::v1::Mta& config, const table::Environment& tables) {
  const config::v1::Smtp& smtp = config.smtp();
  ASSIGN_OR_RETURN(DestinationLimits limits,
                   DestinationLimits::FromConfig(smtp));
  ASSIGN_OR_RETURN(std::shared_ptr<routing::TlsPolicies> tls_policies,
                   routing::TlsPolicies::FromConfig(config, tables));
  ASSIGN_OR_RETURN(std::shared_ptr<net::TlsContext> tls_context,
                   TlsContextFrom(config, *tls_policies));
  ASSIGN_OR_RETURN(std::shared_ptr<Logins> logins,
                   Logins::FromConfig(config, tables));
  ASSIGN_OR_RETURN(std::shared_ptr<const Connector> connector,
                   Connector::FromConfig(config));
  if (config.smtp_tls_wrappermode() && !IsTlsAMust(config)) {
    return absl::InvalidArgumentError(
        "smtp_tls_wrappermode: needs smtp_tls_security_level of encrypt or "
        "more");
  }
  return PoolOptions{
      .own_name = config.myhostname(),
      .connector = std::move(connector),
      .connect_timeout = DurationOf(smtp.connect_timeout()),
      .connect_fallback_time = DurationOf(smtp.connect_fallback_time()),
      .command_timeout = DurationOf(smtp.command_timeout()),
      .data_done_timeout = DurationOf(smtp.data_done_timeout()),
      .idle_time = DurationOf(smtp.connection_cache_time_limit()),
      .down_time = DurationOf(smtp.destination_down_time()),
      .wait_limit = DurationOf(smtp.destination_wait_limit()),
      .connection_limit = smtp.connection_limit(),
      .failure_limit = smtp.destination_failure_limit(),
      .limits = std::move(limits),
      .tls_policies = std::move(tls_policies),
      .tls_context = std::move(tls_context),
      .tls_timeout = DurationOf(config.smtp_starttls_timeout()),
      .tls_wrapper = config.smtp_tls_wrappermode(),
      .logins = std::move(logins),
      .address_preference = PreferenceOf(smtp),
  };
}

Pool::Pool(PoolOptions options, dns::Resolver& resolver,
           const routing::MxFinder& finder, net::Drain& drain,
           metrics::Registry& registry)
    : options_(std::move(options)),
      resolver_(resolver),
      limits_(options_.limits),
      sites_(resolver),
      family_order_(options_.address_preference),
      finder_(finder),
      drain_(drain),
      lines_(std::make_shared<Lines>(
          Lines::Limits{.connections = options_.connection_limit,
                        .failures = options_.failure_limit,
                        .down_time = options_.down_time})),
      metrics_(std::make_unique<Metrics>(registry)) {
  ShowLines(registry, lines_);
  ShowClasses(registry, options_.limits.classes(), lines_);
}

Pool::~Pool() = default;

absl::Status Pool::Refresh() {
  absl::Status status;
  if (options_.tls_policies != nullptr) {
    status.Update(options_.tls_policies->Refresh());
  }
  if (options_.tls_context != nullptr) {
    status.Update(options_.tls_context->Reload());
  }
  if (options_.logins != nullptr) status.Update(options_.logins->Refresh());
  return status;
}

void Pool::Start(Lines::Line& line) { net::Spawn(drain_, Work(*this, line)); }

net::Task<> Pool::Work(Pool& pool, Lines::Line& line) {
  Worker worker(pool, line);
  co_await worker.Run();
}

Destination Pool::LimitsFor(const routing::NextHop& next_hop,
                            const std::vector<std::string>& hosts) const {
  absl::ReaderMutexLock lock(&limits_mutex_);
  return limits_.For(next_hop.host, hosts);
}

absl::Status Pool::ChangeLimits(const DestinationLimits::Change& change) {
  absl::MutexLock lock(&limits_mutex_);
  return limits_.Apply(change);
}

absl::Status Pool::ReloadLimits(const config::v1::Smtp& config) {
  ASSIGN_OR_RETURN(DestinationLimits limits,
                   DestinationLimits::FromConfig(config));
  limits.KeepClassesOf(options_.limits);
  absl::MutexLock lock(&limits_mutex_);
  limits_ = std::move(limits);
  return absl::OkStatus();
}

std::vector<DestinationLimits::Shown> Pool::ShowLimits() const {
  absl::ReaderMutexLock lock(&limits_mutex_);
  return limits_.Show();
}

absl::Status Pool::Suspend(Suspension suspension) {
  RETURN_IF_ERROR(suspensions_.Add(std::move(suspension)));
  lines_->SettleWaiting(
      [this](const Destination& destination, const routing::NextHop& next_hop) {
        return FindSuspension(destination, next_hop);
      });
  return absl::OkStatus();
}

std::optional<queue::Outcome> Pool::FindSuspension(
    const Destination& destination, const routing::NextHop& next_hop) const {
  const std::optional<Suspension> found = suspensions_.Find(
      next_hop.host, destination.hosts, options_.clock->Now());
  if (!found) return std::nullopt;
  return Suspended(found->reason);
}

net::Task<Destination> Pool::DestinationOf(routing::NextHop next_hop) {
  const net::Deadline deadline = net::Deadline::After(options_.connect_timeout);
  routing::Site site = co_await sites_.Of(next_hop, deadline);
  Destination destination = LimitsFor(next_hop, site.hosts);
  destination.name = std::move(site.name);
  destination.is_shared = !site.hosts.empty();
  destination.hosts = std::move(site.hosts);
  // A connection is good for all domains of a site, unless they want different
  // things of it.
  if (!destination.is_shared) co_return destination;
  const bool is_apart = co_await IsApart(next_hop);
  if (is_apart) {
    destination.name = next_hop.ToString();
    destination.is_shared = false;
  }
  co_return destination;
}

net::Task<bool> Pool::IsApart(routing::NextHop next_hop) const {
  if (options_.tls_policies == nullptr) co_return false;
  if (options_.tls_policies->differ_by_next_hop()) co_return true;
  if (options_.sts == nullptr) co_return false;
  const std::shared_ptr<const routing::StsFound> sts =
      co_await options_.sts->For(next_hop.host);
  co_return sts->is_any();
}

net::Task<std::vector<queue::Outcome>> Pool::Deliver(routing::NextHop next_hop,
                                                     const Parcel& parcel) {
  const auto since = std::chrono::steady_clock::now();
  LoginChoice logins;
  if (options_.logins != nullptr) {
    absl::StatusOr<LoginChoice> choice =
        co_await options_.logins->Choose(next_hop, std::string(parcel.sender));
    if (!choice.ok()) {
      const queue::Outcome outcome = Deferred(
          Cause::kConfiguration, "4.3.0",
          absl::StrCat("smtp_sasl_password_maps: ", choice.status().message()));
      co_return std::vector<queue::Outcome>(parcel.recipients.size(), outcome);
    }
    logins = *std::move(choice);
  }
  Destination destination = co_await DestinationOf(next_hop);
  if (const auto suspended = FindSuspension(destination, next_hop)) {
    co_return std::vector<queue::Outcome>(parcel.recipients.size(), *suspended);
  }
  if (!logins.name.empty()) {
    destination.name = absl::StrCat(next_hop.ToString(), " ", logins.name);
    destination.is_shared = false;
  }
  // No other mail goes over a connection of which less was demanded.
  if (next_hop.is_tls_optional) destination.name += " (TLS is optional)";
  Job job(parcel, next_hop, std::move(logins));
  if (Lines::Line* line = lines_->Join(destination, job)) Start(*line);
  bool is_done =
      co_await job.done.Wait(net::Deadline::After(options_.wait_limit));
  if (!is_done && lines_->Leave(destination, job)) {
    co_return std::vector<queue::Outcome>(parcel.recipients.size(),
                                          TooManyWait());
  }
  // A worker has it: every step of a session has a deadline.
  while (!is_done) {
    is_done = co_await job.done.Wait(net::Deadline::After(absl::Hours(1)));
  }
  NoteConnecting(since, job);
  co_return std::move(job.outcomes);
}

}  // namespace postern::mta::outbound
