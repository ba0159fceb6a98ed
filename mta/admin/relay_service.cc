#include "mta/admin/relay_service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/protobuf/util/time_util.h"
#include "lib/base/log.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "mta/admin/grpc_status.h"
#include "proto/admin/v1/relay.grpc.pb.h"

namespace postern::mta::admin {
namespace {

namespace api = ::postern::admin::v1;

using ::google::protobuf::util::TimeUtil;
using outbound::DestinationLimits;
using outbound::Suspension;

constexpr size_t kUsualLimit = 100;
constexpr size_t kLargestLimit = 10'000;
constexpr uint32_t kLargestConcurrency = 10'000;
constexpr absl::Duration kLongestRateDelay = absl::Hours(24);

google::protobuf::Timestamp TimestampOf(absl::Time time) {
  return TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

absl::Duration DurationOf(const google::protobuf::Duration& duration) {
  return absl::Microseconds(TimeUtil::DurationToMicroseconds(duration));
}

void Fill(const outbound::Lines::State& state, const std::string& limits,
          absl::Time now, api::DestinationStatus& shown) {
  shown.set_name(Printable(state.name));
  shown.set_limits(limits);
  shown.set_connections(state.connections);
  shown.set_waiting(state.waiting);
  shown.set_window(state.window);
  shown.set_concurrency_limit(state.most);
  shown.set_failures(state.failures);
  if (state.down_for) {
    *shown.mutable_down_until() = TimestampOf(now + *state.down_for);
  }
  if (state.failures > 0) {
    shown.set_latest_trouble(Printable(state.latest_trouble.reply));
  }
}

void Fill(const Suspension& suspension, api::SuspendedDestination& shown) {
  shown.set_pattern(suspension.pattern);
  shown.set_reason(suspension.reason);
  *shown.mutable_since() = TimestampOf(suspension.since);
  if (suspension.until != absl::InfiniteFuture()) {
    *shown.mutable_until() = TimestampOf(suspension.until);
  }
}

absl::StatusOr<DestinationLimits::Change> ChangeFrom(
    const api::LimitsRequest& request) {
  DestinationLimits::Change change = {.pattern = request.pattern()};
  if (request.has_concurrency()) {
    if (request.concurrency() < 1 ||
        request.concurrency() > kLargestConcurrency) {
      return absl::InvalidArgumentError("the concurrency is not from 1 on");
    }
    change.concurrency = request.concurrency();
  }
  if (request.has_rate_delay()) {
    const absl::Duration delay = DurationOf(request.rate_delay());
    if (delay < absl::ZeroDuration() || delay > kLongestRateDelay) {
      return absl::InvalidArgumentError(
          "the rate delay is not from 0 to a day");
    }
    change.rate_delay = delay;
  }
  return change;
}

class RelayService final : public api::Relay::Service {
 public:
  explicit RelayService(RelayParts parts) : parts_(std::move(parts)) {}

  grpc::Status Status(grpc::ServerContext*,
                      const api::RelayStatusRequest* request,
                      api::RelayStatus* response) override {
    FillTotals(*response);
    const size_t limit =
        request->limit() == 0
            ? kUsualLimit
            : std::min<size_t>(request->limit(), kLargestLimit);
    const absl::Time now = parts_.clock.Now();
    const std::vector<std::string>& classes = parts_.pool.limit_classes();
    for (const outbound::Lines::State& state : parts_.pool.Look(limit)) {
      Fill(state, classes[state.limit_class], now,
           *response->add_destinations());
    }
    for (const Suspension& suspension : parts_.pool.suspensions().List(now)) {
      Fill(suspension, *response->add_suspended());
    }
    return grpc::Status::OK;
  }

  grpc::Status Suspend(grpc::ServerContext*, const api::SuspendRequest* request,
                       api::SuspendResponse*) override {
    Suspension suspension = {.pattern = request->pattern(),
                             .since = parts_.clock.Now(),
                             .reason = request->reason()};
    if (request->has_time()) {
      const absl::Duration time = DurationOf(request->time());
      if (time <= absl::ZeroDuration()) {
        return FromStatus(absl::InvalidArgumentError("for no time"));
      }
      suspension.until = suspension.since + time;
    }
    const absl::Status status = parts_.pool.Suspend(suspension);
    if (!status.ok()) return FromStatus(status);
    log::Warning("destination_suspended",
                 {{"destination", request->pattern()},
                  {"until", suspension.until == absl::InfiniteFuture()
                                ? "resumed"
                                : absl::FormatTime(suspension.until)},
                  {"reason", request->reason()}});
    return grpc::Status::OK;
  }

  grpc::Status Resume(grpc::ServerContext*, const api::ResumeRequest* request,
                      api::ResumeResponse* response) override {
    outbound::Suspensions& suspensions = parts_.pool.suspensions();
    const absl::StatusOr<size_t> count =
        request->all() ? suspensions.RemoveAll()
                       : suspensions.Remove(request->pattern());
    if (!count.ok()) return FromStatus(count.status());
    if (*count == 0 && !request->all()) {
      return FromStatus(absl::NotFoundError(
          absl::StrCat(Printable(request->pattern()), ": is not suspended")));
    }
    response->set_resumed(*count);
    log::Info("destination_resumed",
              {{"destination", request->all() ? "all" : request->pattern()}});
    return grpc::Status::OK;
  }

  grpc::Status Limits(grpc::ServerContext*, const api::LimitsRequest* request,
                      api::LimitsResponse* response) override {
    if (!request->pattern().empty()) {
      const auto change = ChangeFrom(*request);
      if (!change.ok()) return FromStatus(change.status());
      const absl::Status status = parts_.pool.ChangeLimits(*change);
      if (!status.ok()) return FromStatus(status);
      log::Info("limits_changed", {{"destination", request->pattern()}});
    }
    for (const DestinationLimits::Shown& shown : parts_.pool.ShowLimits()) {
      api::DestinationLimit& limit = *response->add_limits();
      limit.set_name(shown.name);
      for (const std::string& pattern : shown.patterns) {
        limit.add_patterns(pattern);
      }
      limit.set_initial_concurrency(shown.limits.concurrency.initial);
      limit.set_concurrency(shown.limits.concurrency.most);
      *limit.mutable_rate_delay() = TimeUtil::MicrosecondsToDuration(
          absl::ToInt64Microseconds(shown.limits.rate_delay));
    }
    return grpc::Status::OK;
  }

  grpc::Status Reload(grpc::ServerContext*, const api::ReloadRequest*,
                      api::ReloadResponse*) override {
    return FromStatus(parts_.reload());
  }

  grpc::Status Drain(grpc::ServerContext*, const api::DrainRequest*,
                     api::DrainResponse*) override {
    log::Info("drain_requested");
    parts_.stop();
    return grpc::Status::OK;
  }

 private:
  void FillTotals(api::RelayStatus& status) const {
    const queue::Scheduler::Totals totals = parts_.scheduler.CountAll();
    status.set_waiting(totals.waiting);
    status.set_active(totals.active);
    status.set_deferred(totals.deferred);
    status.set_held(totals.held);
    status.set_damaged(parts_.spool.Damaged().size());
    status.set_bytes(totals.bytes);
    status.set_waiting_for_connections(parts_.pool.waiting());
    status.set_destinations_down(parts_.pool.down());
    status.set_is_draining(parts_.drain.has_begun());
    const absl::Status trouble = parts_.spool.ok();
    if (!trouble.ok()) status.set_trouble(std::string(trouble.message()));
  }

  const RelayParts parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeRelayService(RelayParts parts) {
  return std::make_unique<RelayService>(std::move(parts));
}

}  // namespace postern::mta::admin
