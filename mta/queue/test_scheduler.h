// A scheduler on a spool of its own with a fake courier, for tests.

#ifndef POSTERN_MTA_QUEUE_TEST_SCHEDULER_H_
#define POSTERN_MTA_QUEUE_TEST_SCHEDULER_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "lib/net/drain.h"
#include "mta/queue/fake_courier.h"
#include "mta/queue/scheduler.h"
#include "mta/queue/test_spool.h"

namespace postern::mta::queue {

class TestScheduler {
 public:
  explicit TestScheduler(rocksdb::Env* env = nullptr) : spool(env) {}
  ~TestScheduler() { Stop(); }

  Scheduler& operator*() { return *scheduler_; }
  Scheduler* operator->() { return scheduler_.get(); }

  absl::Status Start() {
    drain = std::make_unique<net::Drain>();
    SchedulerOptions options = {
        .schedule = *RetrySchedule::Create({absl::Minutes(5), absl::Hours(1)},
                                           absl::Hours(5), 0),
        .bounce_schedule =
            *RetrySchedule::Create({absl::Minutes(5)}, absl::Hours(1), 0),
        .tls_report_schedule =
            *RetrySchedule::Create({absl::Minutes(5)}, absl::Hours(2), 0),
        .reporter = reporter,
        .delay_warning_time = delay_warning_time,
        .active_limit = active_limit};
    scheduler_ = std::make_unique<Scheduler>(
        SchedulerParts{*spool, courier, *spool.runtime, *drain, spool.clock,
                       spool.registry, rewrite},
        std::move(options));
    return scheduler_->Start();
  }

  // Drains and ends the scheduler; the spool stays.
  void Stop() {
    if (scheduler_ == nullptr) return;
    courier.Release();
    drain->Begin();
    drain->AwaitIdle(absl::Minutes(1));
    scheduler_.reset();
  }

  void Advance(absl::Duration by) {
    spool.clock.Advance(by);
    scheduler_->Wake();
  }

  // Lets the reactors work until `holds()`; false: it never did.
  template <typename Condition>
  bool Eventually(const Condition& holds) {
    const absl::Time patience = absl::Now() + absl::Seconds(20);
    while (!holds()) {
      if (absl::Now() > patience) return false;
      spool.runtime->BlockOn(net::Yield());
    }
    return true;
  }
  bool EventuallyAsked(size_t times) {
    return Eventually([&] { return courier.asked().size() >= times; });
  }
  bool EventuallyEmpty() {
    return Eventually([&] { return scheduler_->List({}, 1).empty(); });
  }
  // Waits until no attempt runs.
  bool EventuallyQuiet() {
    return Eventually([&] {
      for (const auto& [id, entry] : scheduler_->List({}, 1000)) {
        if (entry.state == QueueIndex::State::kActive) return false;
      }
      return true;
    });
  }

  double Counter(const std::string& name, const metrics::Labels& labels = {}) {
    return spool.registry.AddCounter(name, "", labels).Value();
  }

  TestSpool spool;
  FakeCourier courier;
  std::unique_ptr<net::Drain> drain;
  std::function<net::Task<absl::Status>(spool::v1::Envelope&)> rewrite;
  size_t active_limit = 100;
  ReporterOptions reporter = {.report = {.myhostname = "mx.example.org"}};
  absl::Duration delay_warning_time = absl::ZeroDuration();

 private:
  std::unique_ptr<Scheduler> scheduler_;
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_TEST_SCHEDULER_H_
