#include "ctl/relay.h"

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "ctl/arguments.h"
#include "ctl/channel.h"
#include "ctl/json.h"
#include "ctl/table.h"
#include "google/protobuf/util/time_util.h"
#include "lib/base/status_macros.h"
#include "lib/config/duration.h"
#include "proto/admin/v1/queue.grpc.pb.h"
#include "proto/admin/v1/relay.grpc.pb.h"

namespace postern::ctl {
namespace {

namespace api = ::postern::admin::v1;

using ::google::protobuf::util::TimeUtil;

constexpr uint32_t kUsualLimit = 100;
constexpr uint32_t kLargestLimit = 10'000;
constexpr uint32_t kLargestConcurrency = 10'000;
// What the relay says of mail that it defers for this
// (mta/outbound/outcome.cc).
constexpr const char* kSuspendedReason =
    "delivery is suspended by the operator";

// Asks the relay once.
template <typename Request, typename Response>
absl::Status Ask(const Invocation& invocation,
                 grpc::Status (api::Relay::Stub::*method)(grpc::ClientContext*,
                                                          const Request&,
                                                          Response*),
                 const Request& request, Response& response) {
  const auto relay = api::Relay::NewStub(Connect("mta", invocation.server));
  Call call;
  return FromGrpc(((*relay).*method)(call.context(), request, &response));
}

std::string ShownTime(const google::protobuf::Timestamp& time) {
  return absl::FormatTime(
      "%Y-%m-%d %H:%M:%S",
      absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(time)),
      absl::LocalTimeZone());
}

void PrintTotals(const api::RelayStatus& status, std::ostream& out) {
  out << "Queue:       " << status.waiting() << " waiting, " << status.active()
      << " active, " << status.deferred() << " deferred, " << status.held()
      << " held, " << status.damaged() << " damaged; " << status.bytes()
      << " bytes\n"
      << "Connections: " << status.waiting_for_connections()
      << " deliveries wait for one; " << status.destinations_down()
      << " destinations are down\n";
  if (status.is_draining()) out << "The relay drains.\n";
  if (!status.trouble().empty()) {
    out << "No mail is accepted: " << status.trouble() << "\n";
  }
}

void PrintDestinations(const api::RelayStatus& status, std::ostream& out) {
  if (status.destinations().empty()) return;
  Table table({"DESTINATION", "LIMITS", "OPEN", "WAITING", "WINDOW",
               "DOWN UNTIL", "LATEST TROUBLE"});
  for (const api::DestinationStatus& one : status.destinations()) {
    table.Add({one.name(), one.limits(), absl::StrCat(one.connections()),
               absl::StrCat(one.waiting()),
               absl::StrCat(one.window(), "/", one.concurrency_limit()),
               one.has_down_until() ? ShownTime(one.down_until()) : "-",
               one.latest_trouble()});
  }
  out << "\n" << table;
}

void PrintSuspended(const api::RelayStatus& status, std::ostream& out) {
  if (status.suspended().empty()) return;
  Table table({"SUSPENDED", "SINCE", "UNTIL", "REASON"});
  for (const api::SuspendedDestination& one : status.suspended()) {
    table.Add(
        {one.pattern() == "*" ? "all" : one.pattern(), ShownTime(one.since()),
         one.has_until() ? ShownTime(one.until()) : "resumed", one.reason()});
  }
  out << "\n" << table;
}

absl::Status ShowStatus(const Invocation& invocation, std::ostream& out) {
  ASSIGN_OR_RETURN(const Arguments arguments,
                   Arguments::Parse(invocation.arguments,
                                    {.options = {"--limit"}, .switches = {}}));
  api::RelayStatusRequest request;
  ASSIGN_OR_RETURN(const uint32_t limit,
                   arguments.Number("--limit", kUsualLimit, kLargestLimit));
  request.set_limit(limit);
  api::RelayStatus status;
  RETURN_IF_ERROR(Ask(invocation, &api::Relay::Stub::Status, request, status));
  if (invocation.json) return PrintJson(status, out);
  PrintTotals(status, out);
  PrintDestinations(status, out);
  PrintSuspended(status, out);
  return absl::OkStatus();
}

std::string PatternOf(const std::string& word) {
  return word == "all" ? "*" : word;
}

absl::Status Suspend(const Invocation& invocation, std::ostream& out) {
  ASSIGN_OR_RETURN(
      const Arguments arguments,
      Arguments::Parse(invocation.arguments, {.options = {"--for", "--reason"},
                                              .switches = {},
                                              .at_least = 1,
                                              .at_most = 1}));
  api::SuspendRequest request;
  request.set_pattern(PatternOf(arguments.rest()[0]));
  request.set_reason(arguments.Value("--reason"));
  if (arguments.Has("--for")) {
    ASSIGN_OR_RETURN(const absl::Duration time,
                     config::ParseDuration(arguments.Value("--for")));
    *request.mutable_time() =
        TimeUtil::MicrosecondsToDuration(absl::ToInt64Microseconds(time));
  }
  api::SuspendResponse response;
  RETURN_IF_ERROR(
      Ask(invocation, &api::Relay::Stub::Suspend, request, response));
  if (invocation.json) return PrintJson(response, out);
  out << "Suspended: " << arguments.rest()[0] << "\n";
  return absl::OkStatus();
}

// Makes mail due that was deferred for the suspension; returns how much.
absl::StatusOr<uint64_t> FlushSuspended(const Invocation& invocation) {
  const auto queue = api::Queue::NewStub(Connect("mta", invocation.server));
  api::ChangeRequest request;
  request.mutable_selection()->mutable_filter()->set_reason(kSuspendedReason);
  uint64_t count = 0;
  do {
    api::ChangeResponse response;
    Call call;
    RETURN_IF_ERROR(FromGrpc(queue->Flush(call.context(), request, &response)));
    count += response.messages();
    request.set_after(response.next());
    request.set_until(response.until());
  } while (!request.after().empty());
  return count;
}

absl::Status Resume(const Invocation& invocation, std::ostream& out) {
  ASSIGN_OR_RETURN(
      const Arguments arguments,
      Arguments::Parse(
          invocation.arguments,
          {.options = {}, .switches = {}, .at_least = 1, .at_most = 1}));
  api::ResumeRequest request;
  request.set_all(arguments.rest()[0] == "all");
  request.set_pattern(arguments.rest()[0]);
  api::ResumeResponse response;
  RETURN_IF_ERROR(
      Ask(invocation, &api::Relay::Stub::Resume, request, response));
  ASSIGN_OR_RETURN(const uint64_t due, FlushSuspended(invocation));
  if (invocation.json) return PrintJson(response, out);
  out << "Resumed: " << response.resumed() << "\nDue now: " << due << "\n";
  return absl::OkStatus();
}

void PrintLimits(const api::LimitsResponse& response, std::ostream& out) {
  Table table(
      {"LIMITS", "DESTINATIONS", "CONCURRENCY", "INITIAL", "RATE DELAY"});
  for (const api::DestinationLimit& limit : response.limits()) {
    table.Add({limit.name().empty() ? "(changed)" : limit.name(),
               absl::StrJoin(limit.patterns(), " "),
               absl::StrCat(limit.concurrency()),
               absl::StrCat(limit.initial_concurrency()),
               absl::FormatDuration(absl::Microseconds(
                   TimeUtil::DurationToMicroseconds(limit.rate_delay())))});
  }
  out << table;
}

absl::Status Limits(const Invocation& invocation, std::ostream& out) {
  ASSIGN_OR_RETURN(
      const Arguments arguments,
      Arguments::Parse(invocation.arguments,
                       {.options = {"--concurrency", "--rate-delay"},
                        .switches = {"--as-configured"},
                        .at_least = 0,
                        .at_most = 1}));
  const bool changes =
      arguments.Has("--concurrency") || arguments.Has("--rate-delay");
  const bool ends = arguments.Has("--as-configured");
  if (arguments.rest().empty() != !(changes || ends) || (changes && ends)) {
    return absl::InvalidArgumentError(
        "a change wants a destination and what is to change");
  }
  api::LimitsRequest request;
  if (changes || ends) request.set_pattern(PatternOf(arguments.rest()[0]));
  if (arguments.Has("--concurrency")) {
    ASSIGN_OR_RETURN(const uint32_t concurrency,
                     arguments.Number("--concurrency", 1, kLargestConcurrency));
    request.set_concurrency(concurrency);
  }
  if (arguments.Has("--rate-delay")) {
    ASSIGN_OR_RETURN(const absl::Duration delay,
                     config::ParseDuration(arguments.Value("--rate-delay")));
    *request.mutable_rate_delay() =
        TimeUtil::MicrosecondsToDuration(absl::ToInt64Microseconds(delay));
  }
  api::LimitsResponse response;
  RETURN_IF_ERROR(
      Ask(invocation, &api::Relay::Stub::Limits, request, response));
  if (invocation.json) return PrintJson(response, out);
  PrintLimits(response, out);
  return absl::OkStatus();
}

absl::Status Reload(const Invocation& invocation, std::ostream& out) {
  RETURN_IF_ERROR(
      Arguments::Parse(invocation.arguments, {.options = {}, .switches = {}})
          .status());
  api::ReloadResponse response;
  const absl::Status status = Ask(invocation, &api::Relay::Stub::Reload,
                                  api::ReloadRequest(), response);
  // A wrong configuration is no wrong command line.
  if (absl::IsInvalidArgument(status)) {
    return absl::FailedPreconditionError(status.message());
  }
  RETURN_IF_ERROR(status);
  if (invocation.json) return PrintJson(response, out);
  out << "Reloaded\n";
  return absl::OkStatus();
}

absl::Status Drain(const Invocation& invocation, std::ostream& out) {
  RETURN_IF_ERROR(
      Arguments::Parse(invocation.arguments, {.options = {}, .switches = {}})
          .status());
  api::DrainResponse response;
  RETURN_IF_ERROR(
      Ask(invocation, &api::Relay::Stub::Drain, api::DrainRequest(), response));
  if (invocation.json) return PrintJson(response, out);
  out << "The relay drains and ends\n";
  return absl::OkStatus();
}

}  // namespace

std::vector<Verb> RelayVerbs() {
  return {
      {"relay status", "[--limit N]",
       "Shows the queue, the destinations and what is suspended.", ShowStatus},
      {"relay suspend", "DESTINATION | all [--for DURATION] [--reason TEXT]",
       "Defers mail for a destination without a try.", Suspend},
      {"relay resume", "DESTINATION | all",
       "Ends that, and makes the deferred mail due.", Resume},
      {"relay limits",
       "[DESTINATION [--concurrency N] [--rate-delay DURATION] | DESTINATION "
       "--as-configured]",
       "Shows or changes what destinations may be given.", Limits},
      {"relay reload", "", "Reads the configuration again.", Reload},
      {"relay drain", "", "Has the relay finish its work and end.", Drain},
  };
}

}  // namespace postern::ctl
