#include "mta/queue/queue_metrics.h"

#include <cstdint>
#include <string>

#include "lib/base/log.h"
#include "mta/queue/envelope.h"

namespace postern::mta::queue {
namespace {

constexpr const char* kStates[] = {"waiting", "active", "deferred", "held"};

// From a hundredth of a second to five days.
const std::vector<double> kDelayBounds = {0.01, 0.1,  1,     10,    60,
                                          300,  3600, 21600, 86400, 432000};

metrics::Counter& AddCounter(metrics::Registry& registry, const char* name,
                             const char* help) {
  return registry.AddCounter(name, help);
}

double Timestamp(std::optional<QueueId> id) {
  return id ? absl::ToDoubleSeconds(id->MadeAt() - absl::UnixEpoch()) : 0;
}

}  // namespace

QueueMetrics::QueueMetrics(metrics::Registry& registry)
    : bytes_(registry.AddGauge("postern_mta_queue_bytes",
                               "Size of all queued mail.")),
      oldest_(registry.AddGauge(
          "postern_mta_queue_oldest_timestamp_seconds",
          "When the oldest queued message came in; 0: the queue is empty.")),
      attempts_(AddCounter(registry, "postern_mta_queue_attempts_total",
                           "Attempts to deliver a message.")),
      delivered_(AddCounter(registry, "postern_mta_queue_delivered_total",
                            "Recipients that have their mail.")),
      failed_(AddCounter(registry, "postern_mta_queue_failed_recipients_total",
                         "Recipients given up: refused or expired.")),
      expired_(AddCounter(
          registry, "postern_mta_queue_expired_recipients_total",
          "Recipients given up because maximal_queue_lifetime was over.")),
      bounces_(AddCounter(registry, "postern_mta_queue_bounces_total",
                          "Bounces queued.")),
      dropped_(AddCounter(
          registry, "postern_mta_queue_bounces_dropped_total",
          "Attempts that gave recipients up without a bounce: the null sender, "
          "or one who wants none.")),
      delay_reports_(registry.AddCounter(
          "postern_mta_queue_notices_total",
          "Reports queued that tell of delay or success, but of no failure.",
          {{"kind", "delay"}})),
      success_reports_(registry.AddCounter(
          "postern_mta_queue_notices_total",
          "Reports queued that tell of delay or success, but of no failure.",
          {{"kind", "success"}})),
      delay_(registry.AddHistogram(
          "postern_mta_queue_delay_seconds",
          "From accepting a message until a recipient has it.", kDelayBounds)),
      life_(registry.AddHistogram(
          "postern_mta_queue_life_seconds",
          "From accepting a message until it has left the queue.",
          kDelayBounds)) {
  for (size_t i = 0; i < depth_.size(); ++i) {
    oldest_by_state_[i] = &registry.AddGauge(
        "postern_mta_queue_state_oldest_timestamp_seconds",
        "When the oldest message of a state came in; 0: there is none.",
        {{"state", kStates[i]}});
    depth_[i] = &registry.AddGauge("postern_mta_queue_messages",
                                   "Queued messages.", {{"state", kStates[i]}});
  }
  for (size_t i = 0; i < deferred_.size(); ++i) {
    deferred_[i] = &registry.AddCounter(
        "postern_mta_queue_deferred_total",
        "Recipients deferred, by what stood in the way.",
        {{"cause", std::string(CauseName(static_cast<Outcome::Cause>(i)))}});
  }
}

void QueueMetrics::ShowDepth(const QueueIndex& index) {
  for (size_t i = 0; i < depth_.size(); ++i) {
    depth_[i]->Set(
        static_cast<double>(index.Count(static_cast<QueueIndex::State>(i))));
  }
  bytes_.Set(static_cast<double>(index.total_bytes()));
  oldest_.Set(Timestamp(index.Oldest()));
}

void QueueMetrics::ShowOldest(QueueIndex& index) {
  for (size_t i = 0; i < oldest_by_state_.size(); ++i) {
    oldest_by_state_[i]->Set(
        Timestamp(index.OldestIn(static_cast<QueueIndex::State>(i))));
  }
}

void QueueMetrics::CountRemoval(const Removal& removal) {
  life_.Observe(
      absl::ToDoubleSeconds(removal.now - QueuedTime(removal.envelope)));
  LogRemoval(removal);
}

void QueueMetrics::CountAttempt(const spool::v1::Envelope& tried,
                                const std::vector<Outcome>& outcomes,
                                absl::Time now) {
  attempts_.Increment();
  const absl::Duration delay = now - QueuedTime(tried);
  for (const Outcome& outcome : outcomes) {
    if (outcome.kind == Outcome::Kind::kDelivered) {
      delivered_.Increment();
      delay_.Observe(absl::ToDoubleSeconds(delay));
    } else if (outcome.kind == Outcome::Kind::kDeferred) {
      deferred_[static_cast<size_t>(outcome.cause)]->Increment();
    }
  }
}

void QueueMetrics::CountReport(QueueId id, const spool::v1::Envelope& tried,
                               const Settlement& settlement,
                               std::optional<QueueId> report,
                               Reporter::Reason reason) {
  bool tells_of_failure = false;
  bool tells_of_delay = false;
  for (const ReportedRecipient& reported : settlement.reported) {
    tells_of_failure |= reported.action == ReportedRecipient::Action::kFailed;
    tells_of_delay |= reported.action == ReportedRecipient::Action::kDelayed;
  }
  // What is told to the postmaster.
  if (HasNullSender(tried)) tells_of_failure = report.has_value();
  if (!settlement.failed.empty()) {
    CountFailed(id, tried, settlement, tells_of_failure ? report : std::nullopt,
                reason);
  }
  if (!report || tells_of_failure) return;
  (tells_of_delay ? delay_reports_ : success_reports_).Increment();
  log::Info(tells_of_delay ? "delay_reported" : "success_reported",
            {{"session", tried.session()},
             {"queue_id", id.ToString()},
             {"report", report->ToString()},
             {"recipients", settlement.reported.size()}});
}

void QueueMetrics::CountFailed(QueueId id, const spool::v1::Envelope& tried,
                               const Settlement& settlement,
                               std::optional<QueueId> bounce,
                               Reporter::Reason reason) {
  failed_.Increment(static_cast<double>(settlement.failed.size()));
  int64_t expired = 0;
  for (const ReportedRecipient& failed : settlement.failed) {
    expired += failed.is_expired;
  }
  expired_.Increment(static_cast<double>(expired));
  (bounce ? bounces_ : dropped_).Increment();
  log::Info(bounce ? "bounced" : "bounce_dropped",
            {{"session", tried.session()},
             {"queue_id", id.ToString()},
             {"bounce", bounce ? bounce->ToString() : ""},
             {"why", NameOf(reason)},
             {"recipients", settlement.failed.size()},
             {"expired", expired}});
}

}  // namespace postern::mta::queue
