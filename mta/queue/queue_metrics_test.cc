#include "mta/queue/queue_metrics.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::queue {
namespace {

using Action = ReportedRecipient::Action;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class QueueMetricsTest : public ::testing::Test {
 protected:
  double Gauge(const std::string& name, const metrics::Labels& labels = {}) {
    return registry_.AddGauge("postern_mta_queue_" + name, "", labels).Value();
  }
  double Counter(const std::string& name, const metrics::Labels& labels = {}) {
    return registry_.AddCounter("postern_mta_queue_" + name, "", labels)
        .Value();
  }

  metrics::Registry registry_;
  QueueMetrics metrics_{registry_};
};

TEST_F(QueueMetricsTest, ShowsTheStateOfTheQueue) {
  QueueIndex index;
  index.Add(QueueId::At(kNow, 0), {.due_us = 1, .size_bytes = 10});
  index.Add(
      {QueueId::At(kNow, 0).number + 1},
      {.due_us = 2, .size_bytes = 5, .state = QueueIndex::State::kDeferred});
  metrics_.ShowDepth(index);
  EXPECT_EQ(Gauge("messages", {{"state", "waiting"}}), 1);
  EXPECT_EQ(Gauge("messages", {{"state", "active"}}), 0);
  EXPECT_EQ(Gauge("messages", {{"state", "deferred"}}), 1);
  EXPECT_EQ(Gauge("messages", {{"state", "held"}}), 0);
  EXPECT_EQ(Gauge("bytes"), 15);
  EXPECT_EQ(Gauge("oldest_timestamp_seconds"), 1'700'000'000);
  metrics_.ShowDepth(QueueIndex());
  EXPECT_EQ(Gauge("oldest_timestamp_seconds"), 0);
}

Outcome Deferred(Outcome::Cause cause) {
  Outcome outcome = {Outcome::Kind::kDeferred, "4.0.0", "", ""};
  outcome.cause = cause;
  return outcome;
}

TEST_F(QueueMetricsTest, CountsOutcomesByWhatTheyAre) {
  spool::v1::Envelope envelope;
  for (int i = 0; i < 5; ++i) envelope.add_recipients();
  metrics_.CountAttempt(envelope,
                        {{Outcome::Kind::kDelivered, "2.0.0", "", ""},
                         Deferred(Outcome::Cause::kRcpt),
                         Deferred(Outcome::Cause::kRcpt),
                         Deferred(Outcome::Cause::kSystem),
                         {Outcome::Kind::kFailed, "5.1.1", "", ""}},
                        kNow);
  EXPECT_EQ(Counter("attempts_total"), 1);
  EXPECT_EQ(Counter("delivered_total"), 1);
  EXPECT_EQ(Counter("deferred_total", {{"cause", "rcpt"}}), 2);
  EXPECT_EQ(Counter("deferred_total", {{"cause", "system"}}), 1);
  EXPECT_EQ(Counter("deferred_total", {{"cause", "dns"}}), 0);
}

constexpr Reporter::Reason kNoReason = Reporter::Reason::kNone;

ReportedRecipient Reported(ReportedRecipient::Action action,
                           bool is_expired = false) {
  return {{}, {}, action, is_expired};
}

TEST_F(QueueMetricsTest, CountsWhoWasGivenUp) {
  spool::v1::Envelope envelope;
  envelope.set_sender("jane@example.org");
  Settlement settlement;
  settlement.failed = {Reported(Action::kFailed, true),
                       Reported(Action::kFailed)};
  settlement.reported = settlement.failed;
  metrics_.CountReport({1}, envelope, settlement, QueueId{2}, kNoReason);
  metrics_.CountReport({3}, envelope, settlement, std::nullopt, kNoReason);
  EXPECT_EQ(Counter("failed_recipients_total"), 4);
  EXPECT_EQ(Counter("expired_recipients_total"), 2);
  EXPECT_EQ(Counter("bounces_total"), 1);
  EXPECT_EQ(Counter("bounces_dropped_total"), 1);
}

TEST_F(QueueMetricsTest, CountsNoticesOfDelayAndSuccess) {
  spool::v1::Envelope envelope;
  envelope.set_sender("jane@example.org");
  Settlement settlement;
  metrics_.CountReport({1}, envelope, settlement, std::nullopt, kNoReason);
  settlement.reported = {Reported(Action::kRelayed)};
  metrics_.CountReport({1}, envelope, settlement, QueueId{2}, kNoReason);
  settlement.reported = {Reported(Action::kDelayed),
                         Reported(Action::kDelivered)};
  metrics_.CountReport({1}, envelope, settlement, QueueId{3}, kNoReason);
  // Somebody failed who wanted no report: the notice is no bounce.
  settlement.failed = {Reported(Action::kFailed)};
  metrics_.CountReport({1}, envelope, settlement, QueueId{4}, kNoReason);
  EXPECT_EQ(Counter("notices_total", {{"kind", "success"}}), 1);
  EXPECT_EQ(Counter("notices_total", {{"kind", "delay"}}), 2);
  EXPECT_EQ(Counter("bounces_total"), 0);
  EXPECT_EQ(Counter("bounces_dropped_total"), 1);
}

TEST_F(QueueMetricsTest, ShowsTheOldestOfEachState) {
  QueueIndex index;
  index.Add(QueueId::At(kNow, 0),
            {.due_us = 1, .state = QueueIndex::State::kHeld});
  metrics_.ShowOldest(index);
  const std::string name = "state_oldest_timestamp_seconds";
  EXPECT_EQ(Gauge(name, {{"state", "held"}}), 1'700'000'000);
  EXPECT_EQ(Gauge(name, {{"state", "deferred"}}), 0);
}

TEST_F(QueueMetricsTest, TakesTheTimeOfAMessageThatLeaves) {
  spool::v1::Envelope envelope;
  envelope.set_queued_us(absl::ToUnixMicros(kNow));
  metrics_.CountRemoval({.id = QueueId::At(kNow, 0),
                         .envelope = envelope,
                         .now = kNow + absl::Seconds(50)});
  EXPECT_NE(registry_.Render().find("postern_mta_queue_life_seconds_sum 50"),
            std::string::npos);
}

}  // namespace
}  // namespace postern::mta::queue
