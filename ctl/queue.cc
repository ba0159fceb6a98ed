#include "ctl/queue.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ctl/arguments.h"
#include "ctl/channel.h"
#include "ctl/json.h"
#include "ctl/table.h"
#include "lib/base/status_macros.h"
#include "proto/admin/v1/queue.grpc.pb.h"

namespace postern::ctl {
namespace {

using ::postern::admin::v1::Queue;
using ::postern::admin::v1::QueuedMessage;
using ::postern::admin::v1::QueuedRecipient;

constexpr uint32_t kUsualLimit = 1000;
constexpr uint32_t kLargestLimit = 10'000;

std::unique_ptr<Queue::Stub> Relay(const Invocation& invocation) {
  return Queue::NewStub(Connect("mta", invocation.server));
}

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

std::string ShownTime(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", TimeOf(time),
                          absl::LocalTimeZone());
}

// "3m20s"; what is over or due is "0s".
std::string ShownDuration(absl::Duration duration) {
  return absl::FormatDuration(
      absl::Trunc(std::max(duration, absl::ZeroDuration()), absl::Seconds(1)));
}

std::string ShownState(const QueuedMessage& message) {
  switch (message.state()) {
    case QueuedMessage::STATE_WAITING:
      return "waiting";
    case QueuedMessage::STATE_ACTIVE:
      return "active";
    case QueuedMessage::STATE_DEFERRED:
      return "deferred";
    case QueuedMessage::STATE_DAMAGED:
      return "damaged";
    case QueuedMessage::STATE_HELD:
      return "held";
    default:
      return "unknown";
  }
}

std::string ShownRecipients(const QueuedMessage& message) {
  if (message.recipients().empty()) return message.damage();
  const std::string& first = message.recipients(0).address();
  if (message.recipients_size() == 1) return first;
  return absl::StrCat(first, " and ", message.recipients_size() - 1, " more");
}

void AddRow(const QueuedMessage& message, absl::Time now, Table& table) {
  const bool is_damaged = message.state() == QueuedMessage::STATE_DAMAGED;
  const bool is_held = message.state() == QueuedMessage::STATE_HELD;
  const bool waits = !is_held && message.state() != QueuedMessage::STATE_ACTIVE;
  table.Add({absl::StrCat(message.queue_id(), is_held ? "!" : ""),
             ShownState(message),
             is_damaged ? "-" : absl::StrCat(message.size_bytes()),
             is_damaged ? "-" : ShownDuration(now - TimeOf(message.queued())),
             is_damaged || !waits
                 ? "-"
                 : ShownDuration(TimeOf(message.next_attempt()) - now),
             is_damaged ? "-" : absl::StrCat("<", message.sender(), ">"),
             ShownRecipients(message)});
}

absl::Status ListQueue(const Invocation& invocation, std::ostream& out) {
  ASSIGN_OR_RETURN(
      const Arguments arguments,
      Arguments::Parse(
          invocation.arguments,
          {.options = {"--sender", "--recipient", "--limit"}, .switches = {}}));
  ASSIGN_OR_RETURN(const uint32_t limit,
                   arguments.Number("--limit", kUsualLimit, kLargestLimit));
  admin::v1::ListQueueRequest request;
  request.set_sender(arguments.Value("--sender"));
  request.set_recipient(arguments.Value("--recipient"));
  request.set_limit(limit);
  admin::v1::ListQueueResponse response;
  Call call;
  RETURN_IF_ERROR(
      FromGrpc(Relay(invocation)->List(call.context(), request, &response)));
  if (invocation.json) return PrintJson(response, out);
  if (response.messages().empty()) {
    out << "Nothing is queued.\n";
    return absl::OkStatus();
  }
  Table table(
      {"QUEUE ID", "STATE", "SIZE", "AGE", "NEXT", "SENDER", "RECIPIENTS"});
  const absl::Time now = absl::Now();
  for (const QueuedMessage& message : response.messages()) {
    AddRow(message, now, table);
  }
  out << table;
  if (!response.next().empty()) {
    out << "There are more: raise --limit.\n";
  }
  return absl::OkStatus();
}

void PrintRecipient(const QueuedRecipient& recipient, std::ostream& out) {
  out << "Recipient: <" << recipient.address() << ">\n";
  if (recipient.last_reply().empty()) return;
  out << "           " << recipient.last_status() << " "
      << recipient.last_reply();
  if (!recipient.last_host().empty()) {
    out << " (" << recipient.last_host() << ")";
  }
  out << "\n";
}

void PrintMessage(const admin::v1::ShowMessageResponse& response,
                  std::ostream& out) {
  const QueuedMessage& message = response.message();
  out << "Queue id:  " << message.queue_id() << "\n"
      << "State:     " << ShownState(message) << "\n";
  if (message.state() == QueuedMessage::STATE_DAMAGED) {
    out << "Damage:    " << message.damage() << "\n";
    return;
  }
  out << "Size:      " << message.size_bytes() << "\n"
      << "Queued:    " << ShownTime(message.queued()) << "\n"
      << "Next try:  " << ShownTime(message.next_attempt()) << "\n"
      << "Failures:  " << message.failures() << "\n"
      << "Client:    " << message.client_name() << "["
      << message.client_address() << "] HELO " << message.helo_name() << "\n"
      << "Session:   " << message.session() << "\n"
      << "Sender:    <" << message.sender() << ">\n";
  for (const QueuedRecipient& recipient : message.recipients()) {
    PrintRecipient(recipient, out);
  }
  out << "\n" << response.header();
}

absl::Status ShowMessage(const Invocation& invocation, std::ostream& out) {
  ASSIGN_OR_RETURN(
      const Arguments arguments,
      Arguments::Parse(
          invocation.arguments,
          {.options = {}, .switches = {}, .at_least = 1, .at_most = 1}));
  admin::v1::ShowMessageRequest request;
  request.set_queue_id(arguments.rest()[0]);
  admin::v1::ShowMessageResponse response;
  Call call;
  RETURN_IF_ERROR(
      FromGrpc(Relay(invocation)->Show(call.context(), request, &response)));
  if (invocation.json) return PrintJson(response, out);
  PrintMessage(response, out);
  return absl::OkStatus();
}

// Returns the queue id, or "" for --all (or ALL, as postsuper(1) has it); one
// of them must be there.
absl::StatusOr<std::string> OneOrAll(const Invocation& invocation) {
  ASSIGN_OR_RETURN(
      const Arguments arguments,
      Arguments::Parse(
          invocation.arguments,
          {.options = {}, .switches = {"--all"}, .at_least = 0, .at_most = 1}));
  if (arguments.Has("--all") != arguments.rest().empty()) {
    return absl::InvalidArgumentError("give a queue id or --all");
  }
  if (arguments.Has("--all") || arguments.rest()[0] == "ALL") return "";
  return arguments.rest()[0];
}

absl::Status FlushQueue(const Invocation& invocation, std::ostream& out) {
  admin::v1::FlushQueueRequest request;
  ASSIGN_OR_RETURN(*request.mutable_queue_id(), OneOrAll(invocation));
  admin::v1::FlushQueueResponse response;
  Call call;
  RETURN_IF_ERROR(
      FromGrpc(Relay(invocation)->Flush(call.context(), request, &response)));
  if (invocation.json) return PrintJson(response, out);
  out << "Due now: " << response.messages() << "\n";
  return absl::OkStatus();
}

// Does something to one message or to all and says to how many.
template <typename Request, typename Response>
absl::Status Change(const Invocation& invocation,
                    grpc::Status (Queue::Stub::*act)(grpc::ClientContext*,
                                                     const Request&, Response*),
                    const char* done, std::ostream& out) {
  Request request;
  ASSIGN_OR_RETURN(*request.mutable_queue_id(), OneOrAll(invocation));
  request.set_all(request.queue_id().empty());
  Response response;
  Call call;
  RETURN_IF_ERROR(FromGrpc(
      (Relay(invocation).get()->*act)(call.context(), request, &response)));
  if (invocation.json) return PrintJson(response, out);
  out << done << ": " << response.messages() << "\n";
  return absl::OkStatus();
}

absl::Status DeleteMessages(const Invocation& invocation, std::ostream& out) {
  return Change(invocation, &Queue::Stub::Delete, "Deleted", out);
}

absl::Status HoldMessages(const Invocation& invocation, std::ostream& out) {
  return Change(invocation, &Queue::Stub::Hold, "Held", out);
}

absl::Status ReleaseMessages(const Invocation& invocation, std::ostream& out) {
  return Change(invocation, &Queue::Stub::Release, "Due now", out);
}

}  // namespace

std::vector<Verb> QueueVerbs() {
  return {
      {"queue list", "[--sender TEXT] [--recipient TEXT] [--limit N]",
       "Lists what is queued, the oldest first.", ListQueue},
      {"queue show", "QUEUE-ID",
       "Shows a message: its envelope, the latest replies, its header.",
       ShowMessage},
      {"queue flush", "QUEUE-ID | --all", "Makes deferred mail due now.",
       FlushQueue},
      {"queue delete", "QUEUE-ID | --all",
       "Deletes mail without telling its sender.", DeleteMessages},
      {"queue hold", "QUEUE-ID | --all",
       "Holds mail: it is not tried until it is released.", HoldMessages},
      {"queue release", "QUEUE-ID | --all", "Makes held mail due now.",
       ReleaseMessages},
  };
}

}  // namespace postern::ctl
