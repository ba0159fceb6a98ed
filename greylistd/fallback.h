// Sightings that go on when their store is away: with a second store, if there
// is one.
//
// Every request tries the first store, whose own circuit breaker makes that
// cheap while it is known to be away; so recovery needs no restart. What the
// second store learns meanwhile stays there: a sender who was new during the
// outage may have to wait once more after it.
//
// The operator's questions (Peek, List, Remember, Forget) go to the first store
// alone.
//
// Metrics: postern_greylistd_store_up, _store_failures_total,
//          _store_local_decisions_total.
// Threads: see sightings.h.

#ifndef POSTERN_GREYLISTD_FALLBACK_H_
#define POSTERN_GREYLISTD_FALLBACK_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "greylistd/sightings.h"
#include "lib/metrics/metrics.h"

namespace postern::greylistd {

class Fallback final : public Sightings {
 public:
  // `local` may be null: then the first store's errors are returned.
  Fallback(std::unique_ptr<Sightings> first, std::unique_ptr<Sightings> local,
           metrics::Registry& metrics);

  net::Task<absl::StatusOr<Outcome>> See(const Names& names, const Terms& terms,
                                         net::Deadline deadline) override;
  net::Task<absl::StatusOr<Records>> Peek(const Names& names,
                                          net::Deadline deadline) override;
  net::Task<absl::StatusOr<Page>> List(std::string cursor, size_t limit,
                                       net::Deadline deadline) override;
  net::Task<absl::Status> Remember(Entry entry,
                                   net::Deadline deadline) override;
  net::Task<absl::Status> Forget(Entry::Kind kind, std::string network,
                                 std::string name,
                                 net::Deadline deadline) override;
  absl::Status Healthy() const override;
  void Close() override { first_->Close(); }

 private:
  // Notes how the last request to the first store went; logs when that
  // changes, at most once a second.
  void Note(const absl::Status& status);

  const std::unique_ptr<Sightings> first_;
  const std::unique_ptr<Sightings> local_;
  std::atomic<bool> is_up_ = true;
  std::atomic<bool> has_told_ = false;  // That it is away.
  std::atomic<int64_t> told_at_ = 0;    // When, in seconds: once in each.
  metrics::Gauge& up_;
  metrics::Counter& failures_;
  metrics::Counter& local_decisions_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_FALLBACK_H_
