#include "mta/limits/budgets.h"

#include <algorithm>
#include <string>

#include "lib/base/log.h"

namespace postern::mta::limits {
namespace {

std::array<metrics::Counter*, kEventCount> LimitedCounters(
    metrics::Registry& metrics) {
  std::array<metrics::Counter*, kEventCount> counters;
  for (size_t i = 0; i < kEventCount; ++i) {
    counters[i] = &metrics.AddCounter(
        "postern_mta_limited_total",
        "What was refused because a client or its network did too much.",
        {{"event", std::string(EventName(static_cast<Event>(i)))}});
  }
  return counters;
}

}  // namespace

Budgets::Budgets(BudgetOptions options, const Clock& clock,
                 redis::Client* shared, metrics::Registry& metrics)
    : options_(options),
      clock_(clock),
      local_(clock, options.unit),
      limited_(LimitedCounters(metrics)),
      shared_failures_(metrics.AddCounter(
          "postern_mta_limits_shared_failures_total",
          "Counts that Redis did not answer; the local share was used.")) {
  if (shared != nullptr) shared_.emplace(*shared, options.unit);
}

net::Task<bool> Budgets::Spend(Event event, net::IpAddress client,
                               const Rules& rules) {
  return Count(event, client, rules, Use::kSpend);
}

net::Task<bool> Budgets::HasRoom(Event event, net::IpAddress client,
                                 const Rules& rules) {
  return Count(event, client, rules, Use::kAsk);
}

net::Task<> Budgets::Note(Event event, net::IpAddress client,
                          const Rules& rules) {
  co_await Count(event, client, rules, Use::kNote);
}

net::Task<bool> Budgets::Count(Event event, net::IpAddress client,
                               const Rules& rules, Use use) {
  const std::vector<Bound> bounds =
      rules.BoundsOf(rules.LimitOf(event), client);
  if (bounds.empty()) co_return true;
  bool fits = false;
  bool is_known = false;
  if (shared_) {
    const absl::StatusOr<bool> shared =
        co_await shared_->Count(event, bounds, use);
    is_known = shared.ok();
    if (is_known) {
      fits = *shared;
      // What Redis granted is remembered here for the time when it is away.
      if (use == Use::kNote || (fits && use == Use::kSpend)) {
        CountLocally(event, bounds, Use::kNote, options_.replicas);
      }
    } else {
      ReportFailure(shared.status());
    }
  }
  if (!is_known) {
    fits = CountLocally(event, bounds, use, shared_ ? options_.replicas : 1);
  }
  if (!fits && use != Use::kNote) {
    limited_[static_cast<size_t>(event)]->Increment();
  }
  co_return fits;
}

bool Budgets::CountLocally(Event event, const std::vector<Bound>& bounds,
                           Use use, uint32_t replicas) {
  const bool fits =
      std::all_of(bounds.begin(), bounds.end(), [&](const Bound& bound) {
        const uint32_t share = std::max<uint32_t>(1, bound.limit / replicas);
        return local_.Fits({event, bound.who}, share);
      });
  if (use == Use::kNote || (use == Use::kSpend && fits)) {
    for (const Bound& bound : bounds) local_.Add({event, bound.who});
  }
  return fits;
}

void Budgets::ReportFailure(const absl::Status& failure) {
  shared_failures_.Increment();
  const int64_t now = absl::ToUnixSeconds(clock_.Now());
  int64_t told_at = told_at_.load(std::memory_order_relaxed);
  if (now < told_at + 60 || !told_at_.compare_exchange_strong(told_at, now)) {
    return;
  }
  log::Warning("limits_are_local", {{"error", failure.ToString()}});
}

}  // namespace postern::mta::limits
