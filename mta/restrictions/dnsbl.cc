#include "mta/restrictions/dnsbl.h"

#include <algorithm>
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

net::Task<DnsblAnswer> DnsblLookup::Answer() {
  const net::Deadline deadline =
      net::Deadline::After(deadline_.Left() + kGrace);
  const bool is_done = co_await done_.Wait(deadline);
  if (!is_done) co_return DnsblAnswer();
  co_return answer_;
}

std::shared_ptr<DnsblLookup> DnsLists::Begin(absl::string_view name,
                                             const DnsList& list,
                                             absl::Duration timeout) {
  auto lookup = std::make_shared<DnsblLookup>();
  lookup->deadline_ = net::Deadline::After(timeout);
  net::Spawn(parts_.drain, Ask(absl::StrCat(name, ".", list.zone), list,
                               lookup->deadline_, lookup));
  return lookup;
}

net::Task<> DnsLists::Ask(std::string name, DnsList list,
                          net::Deadline deadline,
                          std::shared_ptr<DnsblLookup> lookup) {
  const Meters& meters = MetersOf(list.zone);
  DnsblRecords records = co_await Records(name, deadline, meters);
  DnsblAnswer& answer = lookup->answer_;
  if (!records.has_failed) {
    const bool is_listed = std::any_of(
        records.addresses.begin(), records.addresses.end(),
        [&list](const net::IpAddress& a) { return list.Counts(a); });
    answer.kind =
        is_listed ? DnsblAnswer::Kind::kListed : DnsblAnswer::Kind::kNotListed;
  }
  if (answer.kind == DnsblAnswer::Kind::kListed) {
    if (records.reason) {
      answer.reason = *std::move(records.reason);
    } else {
      answer.reason = co_await Reason(name, deadline);
    }
  }
  meters.CounterOf(answer.kind).Increment();
  lookup->done_.Set();
}

net::Task<DnsblRecords> DnsLists::Records(std::string name,
                                          net::Deadline deadline,
                                          const Meters& meters) {
  if (std::optional<DnsblRecords> known = cache_.Find(name)) {
    meters.cache_hits.Increment();
    co_return *std::move(known);
  }
  const absl::Duration left = deadline.Left();
  const absl::StatusOr<dns::Answer> answer =
      co_await parts_.resolver.Resolve(name, dns::Type::kA, deadline);
  meters.seconds.Observe(absl::ToDoubleSeconds(left - deadline.Left()));
  DnsblRecords records;
  records.has_failed = !answer.ok();
  if (answer.ok()) {
    records.addresses = dns::RecordsOf<net::IpAddress>(*answer);
    if (records.addresses.size() > kMaxAddresses) {
      records.addresses.resize(kMaxAddresses);
    }
    cache_.Put(name, records, answer->ttl);
  } else {
    log::Warning("dnsbl_failed", {{"name", name}, {"error", answer.status()}});
    cache_.Put(name, records, absl::ZeroDuration());
  }
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
  cache_.PutReason(name, reason);
  co_return reason;
}

const DnsLists::Meters& DnsLists::MetersOf(const std::string& zone) {
  absl::MutexLock lock(&mutex_);
  std::shared_ptr<const Meters>& meters = meters_[zone];
  if (meters == nullptr) {
    meters = std::make_shared<const Meters>(parts_.metrics, zone);
  }
  return *meters;
}

}  // namespace postern::mta::restrictions
