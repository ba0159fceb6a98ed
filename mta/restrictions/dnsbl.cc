#include "mta/restrictions/dnsbl.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/log.h"

namespace postern::mta::restrictions {
namespace {

constexpr size_t kMaxAddresses = 16;
constexpr size_t kMaxReasonBytes = 1000;
// The resolver keeps its deadline; this is for the way from one task to the
// other.
constexpr absl::Duration kGrace = absl::Seconds(1);

}  // namespace

struct DnsLists::Meters {
  Meters(metrics::Registry& registry, const std::string& zone)
      : listed(Questions(registry, zone, "listed")),
        not_listed(Questions(registry, zone, "not_listed")),
        failed(Questions(registry, zone, "failed")),
        cache_hits(registry.AddCounter(
            "postern_mta_dnsbl_cache_hits_total",
            "Answers about DNS lists that were remembered, by zone.",
            {{"zone", zone}})),
        seconds(registry.AddHistogram(
            "postern_mta_dnsbl_seconds", "Wait for the answer of a DNS list.",
            metrics::LatencyBounds(), {{"zone", zone}})) {}

  static metrics::Counter& Questions(metrics::Registry& registry,
                                     const std::string& zone,
                                     const std::string& result) {
    return registry.AddCounter(
        "postern_mta_dnsbl_questions_total",
        "Questions to DNS lists, by zone and by what came out.",
        {{"zone", zone}, {"result", result}});
  }

  metrics::Counter& CounterOf(DnsblAnswer::Kind kind) const {
    switch (kind) {
      case DnsblAnswer::Kind::kListed:
        return listed;
      case DnsblAnswer::Kind::kNotListed:
        return not_listed;
      case DnsblAnswer::Kind::kFailed:
        break;
    }
    return failed;
  }

  metrics::Counter& listed;
  metrics::Counter& not_listed;
  metrics::Counter& failed;
  metrics::Counter& cache_hits;
  metrics::Histogram& seconds;
};

DnsLists::DnsLists(Parts parts) : parts_(parts), cache_(parts.clock) {}

DnsLists::~DnsLists() = default;

void DnsLists::Prefetch(absl::string_view name, const DnsList& list,
                        absl::Duration timeout) {
  const std::string whole = absl::StrCat(name, ".", list.zone);
  if (cache_.Find(whole)) return;
  Join(whole, timeout, MetersOf(list.zone), nullptr);
}

net::Task<DnsblAnswer> DnsLists::Ask(std::string name, const DnsList& list,
                                     absl::Duration timeout) {
  const std::string whole = absl::StrCat(name, ".", list.zone);
  const Meters& meters = MetersOf(list.zone);
  std::optional<DnsblRecords> records = cache_.Find(whole);
  if (records) {
    meters.cache_hits.Increment();
  } else {
    const auto done = std::make_shared<net::Event>();
    const std::shared_ptr<Flight> flight = Join(whole, timeout, meters, done);
    const net::Deadline deadline = net::Deadline::After(timeout + kGrace);
    const bool is_over = co_await done->Wait(deadline);
    records = is_over ? flight->records : DnsblRecords{.has_failed = true};
  }
  DnsblAnswer answer;
  if (!records->has_failed) {
    const bool is_listed = std::any_of(
        records->addresses.begin(), records->addresses.end(),
        [&list](const net::IpAddress& a) { return list.Counts(a); });
    answer.kind =
        is_listed ? DnsblAnswer::Kind::kListed : DnsblAnswer::Kind::kNotListed;
  }
  if (answer.kind == DnsblAnswer::Kind::kListed) {
    answer.reason = std::move(records->reason);
  }
  meters.CounterOf(answer.kind).Increment();
  co_return answer;
}

std::shared_ptr<DnsLists::Flight> DnsLists::Join(
    const std::string& name, absl::Duration timeout, const Meters& meters,
    std::shared_ptr<net::Event> done) {
  std::shared_ptr<Flight> flight;
  bool is_new = false;
  {
    absl::MutexLock lock(&mutex_);
    std::shared_ptr<Flight>& known = under_way_[name];
    is_new = known == nullptr;
    if (is_new) known = std::make_shared<Flight>();
    flight = known;
    if (done != nullptr) flight->waiters.push_back(std::move(done));
  }
  if (is_new) {
    net::Spawn(parts_.drain,
               Fly(name, net::Deadline::After(timeout), meters, flight));
  }
  return flight;
}

net::Task<> DnsLists::Fly(std::string name, net::Deadline deadline,
                          const Meters& meters,
                          std::shared_ptr<Flight> flight) {
  DnsblRecords records = co_await LookUp(name, deadline, meters);
  std::vector<std::shared_ptr<net::Event>> waiters;
  {
    absl::MutexLock lock(&mutex_);
    flight->records = std::move(records);
    waiters.swap(flight->waiters);
    under_way_.erase(name);
  }
  for (const auto& waiter : waiters) waiter->Set();
}

net::Task<DnsblRecords> DnsLists::LookUp(std::string name,
                                         net::Deadline deadline,
                                         const Meters& meters) {
  const absl::Duration left = deadline.Left();
  const absl::StatusOr<dns::Answer> answer =
      co_await parts_.resolver.Resolve(name, dns::Type::kA, deadline);
  DnsblRecords records;
  records.has_failed = !answer.ok();
  if (answer.ok()) {
    records.addresses = dns::RecordsOf<net::IpAddress>(*answer);
    if (records.addresses.size() > kMaxAddresses) {
      records.addresses.resize(kMaxAddresses);
    }
    if (!records.addresses.empty()) {
      records.reason = co_await Reason(name, deadline);
    }
    cache_.Put(name, records, answer->ttl);
  } else {
    log::Warning("dnsbl_failed", {{"name", name}, {"error", answer.status()}});
    cache_.Put(name, records, absl::ZeroDuration());
  }
  meters.seconds.Observe(absl::ToDoubleSeconds(left - deadline.Left()));
  co_return records;
}

// Without a reason a listing is a listing all the same.
net::Task<std::string> DnsLists::Reason(std::string name,
                                        net::Deadline deadline) {
  std::string reason;
  const absl::StatusOr<dns::Answer> answer =
      co_await parts_.resolver.Resolve(name, dns::Type::kTxt, deadline);
  if (!answer.ok()) co_return reason;
  for (const dns::Txt& txt : dns::RecordsOf<dns::Txt>(*answer)) {
    absl::StrAppend(&reason, reason.empty() ? "" : " / ", txt.Joined());
    if (reason.size() >= kMaxReasonBytes) break;
  }
  reason.resize(std::min(reason.size(), kMaxReasonBytes));
  co_return reason;
}

const DnsLists::Meters& DnsLists::MetersOf(const std::string& zone) {
  absl::MutexLock lock(&mutex_);
  std::unique_ptr<const Meters>& meters = meters_[zone];
  if (meters == nullptr) {
    meters = std::make_unique<const Meters>(parts_.metrics, zone);
  }
  return *meters;
}

}  // namespace postern::mta::restrictions
