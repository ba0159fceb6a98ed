#include "greylistd/fallback.h"

#include <chrono>
#include <utility>

#include "lib/base/log.h"

namespace postern::greylistd {

Fallback::Fallback(std::unique_ptr<Sightings> first,
                   std::unique_ptr<Sightings> local, metrics::Registry& metrics)
    : first_(std::move(first)),
      local_(std::move(local)),
      up_(metrics.AddGauge("postern_greylistd_store_up",
                           "1 while the store answers, else 0.")),
      failures_(
          metrics.AddCounter("postern_greylistd_store_failures_total",
                             "Decisions for which the store gave no answer.")),
      local_decisions_(metrics.AddCounter(
          "postern_greylistd_store_local_decisions_total",
          "Decisions by the local store, because Redis was away.")) {
  up_.Set(1);
}

void Fallback::Note(const absl::Status& status) {
  if (!status.ok()) failures_.Increment();
  if (is_up_.load(std::memory_order_relaxed) == status.ok()) return;
  if (is_up_.exchange(status.ok()) == status.ok()) return;
  up_.Set(status.ok() ? 1 : 0);
  if (status.ok()) {
    if (has_told_.exchange(false)) log::Info("store_is_back");
    return;
  }
  // A store that fails now and then must not fill the log.
  const int64_t second = std::chrono::steady_clock::now().time_since_epoch() /
                         std::chrono::seconds(1);
  if (told_at_.exchange(second) == second) return;
  has_told_ = true;
  log::Warning("store_is_away",
               {{"error", status}, {"local", local_ != nullptr}});
}

net::Task<absl::StatusOr<Outcome>> Fallback::See(const Names& names,
                                                 const Terms& terms,
                                                 net::Deadline deadline) {
  absl::StatusOr<Outcome> outcome =
      co_await first_->See(names, terms, deadline);
  Note(outcome.status());
  if (outcome.ok() || !local_) co_return outcome;
  local_decisions_.Increment();
  outcome = co_await local_->See(names, terms, deadline);
  co_return outcome;
}

net::Task<absl::StatusOr<Records>> Fallback::Peek(const Names& names,
                                                  net::Deadline deadline) {
  return first_->Peek(names, deadline);
}

net::Task<absl::StatusOr<Page>> Fallback::List(std::string cursor, size_t limit,
                                               net::Deadline deadline) {
  return first_->List(std::move(cursor), limit, deadline);
}

net::Task<absl::Status> Fallback::Remember(Entry entry,
                                           net::Deadline deadline) {
  return first_->Remember(std::move(entry), deadline);
}

net::Task<absl::Status> Fallback::Forget(Entry::Kind kind, std::string network,
                                         std::string name,
                                         net::Deadline deadline) {
  return first_->Forget(kind, std::move(network), std::move(name), deadline);
}

absl::Status Fallback::Healthy() const { return first_->Healthy(); }

}  // namespace postern::greylistd
