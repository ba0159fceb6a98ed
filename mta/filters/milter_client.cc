#include "mta/filters/milter_client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/dns/host.h"
#include "lib/net/stream.h"

namespace postern::mta::filters {
namespace {

// By milter::Verdict::Kind.
constexpr std::array<const char*, 6> kVerdicts = {
    "continue", "accept", "discard", "reject", "tempfail", "reply"};
constexpr size_t kMaxReasonBytes = 300;

absl::string_view NameOf(MilterService::OnFailure mode) {
  switch (mode) {
    case config::v1::Milter::ON_FAILURE_ACCEPT:
      return "accept";
    case config::v1::Milter::ON_FAILURE_REJECT:
      return "reject";
    case config::v1::Milter::ON_FAILURE_QUARANTINE:
      return "quarantine";
    default:
      return "tempfail";
  }
}

policy::EndpointRoster::Options RosterOptions(dns::Resolver& resolver,
                                              const MilterService& service) {
  policy::EndpointRoster::Options options;
  options.endpoints = service.endpoints;
  options.resolve = [&resolver](net::Endpoint endpoint,
                                net::Deadline deadline) {
    return dns::ResolveEndpoints(resolver, std::move(endpoint), deadline);
  };
  return options;
}

// Each address may have its own reason; a few of them will do.
absl::Status Both(const absl::Status& first, const absl::Status& second) {
  if (first.message().size() > kMaxReasonBytes) return first;
  return absl::Status(first.code(),
                      absl::StrCat(first.message(), "; ", second.message()));
}

absl::Status At(const net::Endpoint& where, const absl::Status& error) {
  return absl::Status(error.code(),
                      absl::StrCat(where.ToString(), ": ", error.message()));
}

}  // namespace

MilterClient::MilterClient(PolicyClientParts parts, net::Drain& drain,
                           MilterService service,
                           std::shared_ptr<net::TlsContext> tls)
    : runtime_(parts.runtime),
      service_(std::move(service)),
      tls_(std::move(tls)),
      roster_(RosterOptions(parts.resolver, service_), parts.clock),
      failures_(parts.metrics.AddCounter(
          "postern_mta_milter_failures_total",
          "Messages and commands that a filter did not judge.",
          {{"milter", service_.name}})),
      seconds_(parts.metrics.AddHistogram(
          "postern_mta_milter_message_seconds",
          "What a filter took for a message, from its header to the verdict.",
          metrics::LatencyBounds(), {{"milter", service_.name}})),
      healthy_(parts.metrics.AddGauge(
          "postern_mta_milter_healthy_endpoints",
          "Addresses of a filter that did not fail when they were asked last.",
          {{"milter", service_.name}})),
      open_(
          parts.metrics.AddGauge("postern_mta_milter_sessions",
                                 "Sessions that have a connection to a filter.",
                                 {{"milter", service_.name}})) {
  for (size_t i = 0; i < verdicts_.size(); ++i) {
    verdicts_[i] = &parts.metrics.AddCounter(
        "postern_mta_milter_messages_total",
        "Messages that a filter judged, by its verdict.",
        {{"milter", service_.name}, {"verdict", kVerdicts[i]}});
  }
  for (size_t i = 0; i < runtime_.size(); ++i) {
    idle_.push_back(std::make_shared<IdleConversations>(
        drain, IdleConversations::Limits()));
  }
  healthy_.Set(static_cast<double>(roster_.healthy()));
}

MilterClient::~MilterClient() {
  // A stream dies on its own reactor.
  for (size_t i = 0; i < idle_.size(); ++i) {
    runtime_.reactor(i).Post([idle = idle_[i]] { idle->Clear(); });
  }
}

net::Task<absl::StatusOr<MilterClient::Lease>> MilterClient::Take(
    net::Deadline deadline) {
  deadline = std::min(deadline, net::Deadline::After(service_.connect_timeout));
  CO_ASSIGN_OR_RETURN(policy::EndpointRoster::Choice choice,
                      co_await roster_.Choose(deadline));
  IdleConversations& idle = *idle_[net::Reactor::Current().index()];
  idle.KeepOnly(choice.all);
  std::vector<net::Endpoint>& candidates = choice.candidates;
  SortByLoad(candidates);
  for (const net::Endpoint& where : candidates) {
    Lease kept{where, idle.Take(where)};
    if (kept.conversation == nullptr) continue;
    CountLease(where, 1);
    co_return kept;
  }
  co_return co_await TakeNew(std::move(candidates), deadline);
}

net::Task<absl::StatusOr<MilterClient::Lease>> MilterClient::TakeNew(
    std::vector<net::Endpoint> candidates, net::Deadline deadline) {
  absl::Status failure = absl::UnavailableError("no address");
  for (size_t i = 0; i < candidates.size(); ++i) {
    const net::Deadline share = net::Deadline::After(
        deadline.Left() / static_cast<int>(candidates.size() - i));
    absl::StatusOr<Lease> lease = co_await Open(candidates[i], share);
    if (lease.ok()) co_return lease;
    ReportEndpoint(candidates[i], lease.status());
    failure = i == 0 ? lease.status() : Both(failure, lease.status());
  }
  co_return failure;
}

net::Task<absl::StatusOr<MilterClient::Lease>> MilterClient::Open(
    net::Endpoint where, net::Deadline deadline) {
  CO_ASSIGN_OR_RETURN(net::Stream stream,
                      co_await net::Connect(where, deadline));
  if (tls_ != nullptr) {
    net::TlsPeer peer = service_.PeerAt(where);
    const absl::Status secured =
        co_await stream.StartTlsClient(*tls_, std::move(peer), deadline);
    if (!secured.ok()) co_return At(where, secured);
  }
  absl::StatusOr<std::unique_ptr<milter::Conversation>> conversation =
      co_await milter::Conversation::Open(std::move(stream),
                                          service_.conversation, deadline);
  if (!conversation.ok()) co_return At(where, conversation.status());
  roster_.Answered(where);
  CountLease(where, 1);
  Lease lease{where, *std::move(conversation)};
  co_return lease;
}

void MilterClient::SortByLoad(std::vector<net::Endpoint>& addresses) const {
  if (addresses.size() < 2) return;
  absl::MutexLock lock(&mutex_);
  const auto load = [this](const net::Endpoint& where) {
    mutex_.AssertHeld();
    const auto at = leases_.find(where);
    return at == leases_.end() ? 0 : at->second;
  };
  std::stable_sort(addresses.begin(), addresses.end(),
                   [&load](const net::Endpoint& a, const net::Endpoint& b) {
                     return load(a) < load(b);
                   });
}

void MilterClient::CountLease(const net::Endpoint& where, int by) {
  open_.Add(by);
  absl::MutexLock lock(&mutex_);
  int& count = leases_[where];
  count += by;
  if (count <= 0) leases_.erase(where);
}

void MilterClient::Return(Lease lease) {
  CountLease(lease.where, -1);
  // Without one the runtime ends, and with it what sessions are left.
  const net::Reactor* const here = net::Reactor::CurrentOrNull();
  if (here != nullptr && service_.reuses_connections &&
      lease.conversation->EndClient()) {
    idle_[here->index()]->Put(lease.where, std::move(lease.conversation));
  } else {
    lease.conversation->Quit();
  }
}

void MilterClient::ReportAnswer(milter::Verdict::Kind verdict,
                                absl::Duration took) {
  verdicts_[static_cast<size_t>(verdict)]->Increment();
  seconds_.Observe(absl::ToDoubleSeconds(took));
  const uint64_t failures = failures_in_a_row_.exchange(0);
  healthy_.Set(static_cast<double>(roster_.healthy()));
  if (failures == 0) return;
  log::Info("milter_answers",
            {{"milter", service_.name}, {"failures", failures}});
}

void MilterClient::ReportEndpoint(const net::Endpoint& where,
                                  const absl::Status& why) {
  const bool was_healthy = roster_.Failed(where);
  healthy_.Set(static_cast<double>(roster_.healthy()));
  if (!was_healthy || roster_.size() < 2) return;
  log::Warning("milter_endpoint_failed", {{"milter", service_.name},
                                          {"endpoint", where.ToString()},
                                          {"why", why}});
}

void MilterClient::ReportFailure(Lease lease, absl::string_view session,
                                 const absl::Status& why) {
  if (lease.conversation != nullptr) {
    ReportEndpoint(lease.where, At(lease.where, why));
    CountLease(lease.where, -1);
  }
  failures_.Increment();
  healthy_.Set(static_cast<double>(roster_.healthy()));
  if (failures_in_a_row_.fetch_add(1) > 0) return;
  log::Error("milter_failed",
             {{"milter", service_.name},
              {"session", session},
              {"endpoint",
               lease.conversation == nullptr ? "" : lease.where.ToString()},
              {"on_failure", NameOf(service_.on_failure)},
              {"why", why}});
}

}  // namespace postern::mta::filters
