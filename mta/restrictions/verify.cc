#include "mta/restrictions/verify.h"

#include <algorithm>
#include <optional>

#include "lib/base/log.h"
#include "lib/net/deadline.h"

namespace postern::mta::restrictions {
namespace {

constexpr char kInProgress[] = "Address verification in progress";

}  // namespace

struct AddressVerifier::Meters {
  explicit Meters(metrics::Registry& registry)
      : remembered(Questions(registry, "remembered")),
        probed(Questions(registry, "probed")),
        in_progress(Questions(registry, "in_progress")),
        refused(Questions(registry, "too_many_probes")),
        deliverable(Probes(registry, Deliverability::kDeliverable)),
        undeliverable(Probes(registry, Deliverability::kUndeliverable)),
        unknown(Probes(registry, Deliverability::kUnknown)),
        pending(registry.AddGauge("postern_mta_verify_pending_probes",
                                  "Address probes that are under way.")) {}

  static metrics::Counter& Questions(metrics::Registry& registry,
                                     const char* how) {
    return registry.AddCounter(
        "postern_mta_verify_questions_total",
        "Addresses to be verified, by where the answer came from.",
        {{"answer", how}});
  }

  static metrics::Counter& Probes(metrics::Registry& registry,
                                  Deliverability found) {
    return registry.AddCounter(
        "postern_mta_verify_probes_total", "Address probes by what they found.",
        {{"result", std::string(DeliverabilityName(found))}});
  }

  metrics::Counter& CounterOf(Deliverability found) {
    switch (found) {
      case Deliverability::kDeliverable:
        return deliverable;
      case Deliverability::kUndeliverable:
        return undeliverable;
      case Deliverability::kUnknown:
        break;
    }
    return unknown;
  }

  metrics::Counter& remembered;
  metrics::Counter& probed;
  metrics::Counter& in_progress;
  metrics::Counter& refused;
  metrics::Counter& deliverable;
  metrics::Counter& undeliverable;
  metrics::Counter& unknown;
  metrics::Gauge& pending;
};

AddressVerifier::AddressVerifier(Parts parts)
    : parts_(std::move(parts)),
      meters_(std::make_unique<Meters>(parts_.metrics)) {}

AddressVerifier::~AddressVerifier() = default;

net::Task<VerifyResult> AddressVerifier::Verify(std::string address,
                                                const VerifyOptions& options) {
  const absl::Time now = parts_.clock.Now();
  std::optional<VerifyRecord> known = parts_.store->Get(address);
  if (known && !IsExpired(*known, options.times, now)) {
    meters_->remembered.Increment();
    if (NeedsRefresh(*known, options.times, now)) {
      Join(address, options, nullptr);
    }
    co_return known->result;
  }
  VerifyResult result = co_await Await(std::move(address), options);
  co_return result;
}

net::Task<VerifyResult> AddressVerifier::Await(std::string address,
                                               const VerifyOptions& options) {
  const auto done = std::make_shared<net::Event>();
  const std::shared_ptr<Flight> flight = Join(address, options, done);
  if (flight == nullptr) {
    meters_->refused.Increment();
    log::Warning("too_many_address_probes", {{"address", address}});
    co_return VerifyResult{Deliverability::kUnknown, kInProgress};
  }
  // The first poll comes at once: there is one wait less than polls.
  const net::Deadline deadline = net::Deadline::After(
      options.poll_delay * (std::max<uint32_t>(options.poll_count, 1) - 1));
  const bool is_over = co_await done->Wait(deadline);
  if (!is_over) {
    meters_->in_progress.Increment();
    co_return VerifyResult{Deliverability::kUnknown, kInProgress};
  }
  meters_->probed.Increment();
  co_return flight->result;
}

std::shared_ptr<AddressVerifier::Flight> AddressVerifier::Join(
    const std::string& address, const VerifyOptions& options,
    std::shared_ptr<net::Event> done) {
  std::shared_ptr<Flight> flight;
  bool is_new = false;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = pending_.find(address);
    is_new = found == pending_.end();
    if (is_new && !TakeTurn(options)) return nullptr;
    flight = is_new ? std::make_shared<Flight>() : found->second;
    if (is_new) pending_.emplace(address, flight);
    if (done != nullptr) flight->waiters.push_back(std::move(done));
  }
  if (is_new) {
    meters_->pending.Add(1);
    net::Spawn(parts_.drain, RunProbe(address, options.times, flight));
  }
  return flight;
}

bool AddressVerifier::TakeTurn(const VerifyOptions& options) {
  if (pending_.size() >= options.pending_request_limit) return false;
  const absl::Time now = parts_.clock.Now();
  if (now - minute_ >= absl::Minutes(1)) {
    minute_ = now;
    begun_in_minute_ = 0;
  }
  if (begun_in_minute_ >= options.probe_rate_limit) return false;
  ++begun_in_minute_;
  return true;
}

net::Task<> AddressVerifier::RunProbe(std::string address, VerifyTimes times,
                                      std::shared_ptr<Flight> flight) {
  VerifyResult result;
  if (probe_) result = co_await probe_(address);
  meters_->CounterOf(result.deliverability).Increment();
  log::Info("address_probe",
            {{"address", address},
             {"result", DeliverabilityName(result.deliverability)},
             {"response", result.text}});
  const absl::Time now = parts_.clock.Now();
  const std::optional<VerifyRecord> old = parts_.store->Get(address);
  if (const auto record = RecordAfter(old, result, times, now)) {
    const bool is_positive =
        result.deliverability == Deliverability::kDeliverable;
    parts_.store->Put(
        address, *record,
        now + (is_positive ? times.positive_expire : times.negative_expire));
  }
  std::vector<std::shared_ptr<net::Event>> waiters;
  {
    absl::MutexLock lock(&mutex_);
    flight->result = std::move(result);
    waiters.swap(flight->waiters);
    pending_.erase(address);
  }
  meters_->pending.Add(-1);
  for (const auto& waiter : waiters) waiter->Set();
}

}  // namespace postern::mta::restrictions
