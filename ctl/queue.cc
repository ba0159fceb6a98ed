#include "ctl/queue.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ctl/arguments.h"
#include "ctl/channel.h"
#include "ctl/json.h"
#include "ctl/queue_adoption.h"
#include "ctl/queue_changes.h"
#include "ctl/queue_export.h"
#include "ctl/queue_filter.h"
#include "ctl/queue_import.h"
#include "ctl/table.h"
#include "lib/base/status_macros.h"
#include "proto/admin/v1/queue.grpc.pb.h"

namespace postern::ctl {
namespace {

using ::postern::admin::v1::Queue;
using ::postern::admin::v1::QueuedMessage;
using ::postern::admin::v1::QueuedRecipient;

constexpr uint32_t kUsualLimit = 1000;
constexpr uint32_t kLargestLimit = 10'000'000;
constexpr uint32_t kPage = 1000;
constexpr size_t kReasonBytes = 60;

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

std::string ShownRecipients(const QueuedMessage& message) {
  if (message.recipients().empty()) return message.damage();
  const std::string& first = message.recipients(0).address();
  if (message.recipients_size() == 1) return first;
  return absl::StrCat(first, " and ", message.recipients_size() - 1, " more");
}

// The latest reply that one of the recipients had, cut to fit beside the rest.
std::string ShownReason(const QueuedMessage& message) {
  for (const QueuedRecipient& recipient : message.recipients()) {
    if (recipient.last_reply().empty()) continue;
    const std::string reason =
        absl::StrCat(recipient.last_status(), " ", recipient.last_reply());
    return reason.size() <= kReasonBytes
               ? reason
               : absl::StrCat(reason.substr(0, kReasonBytes), "...");
  }
  return "";
}

void AddRow(const QueuedMessage& message, absl::Time now, Table& table) {
  const bool is_damaged = message.state() == QueuedMessage::STATE_DAMAGED;
  const bool is_held = message.state() == QueuedMessage::STATE_HELD;
  const bool waits = !is_held && message.state() != QueuedMessage::STATE_ACTIVE;
  table.Add({absl::StrCat(message.queue_id(), is_held ? "!" : ""),
             ShownState(message.state()),
             is_damaged ? "-" : absl::StrCat(message.size_bytes()),
             is_damaged ? "-" : ShownDuration(now - TimeOf(message.queued())),
             is_damaged || !waits
                 ? "-"
                 : ShownDuration(TimeOf(message.next_attempt()) - now),
             is_damaged ? "-" : absl::StrCat("<", message.sender(), ">"),
             ShownRecipients(message), ShownReason(message)});
}

// Asks for pages until there are enough or no more.
absl::StatusOr<admin::v1::ListQueueResponse> FetchList(
    const Invocation& invocation, admin::v1::ListQueueRequest request,
    uint32_t limit) {
  const std::unique_ptr<Queue::Stub> relay = Relay(invocation);
  admin::v1::ListQueueResponse all;
  while (true) {
    const uint32_t missing = limit - all.messages_size();
    request.set_limit(std::min(missing, kPage));
    admin::v1::ListQueueResponse page;
    Call call;
    RETURN_IF_ERROR(FromGrpc(relay->List(call.context(), request, &page)));
    all.set_next(page.next());
    for (QueuedMessage& message : *page.mutable_messages()) {
      *all.add_messages() = std::move(message);
    }
    const auto count = static_cast<uint32_t>(all.messages_size());
    if (count >= limit || page.next().empty()) return all;
    request.set_after(page.next());
  }
}

absl::Status ListQueue(const Invocation& invocation, std::ostream& out) {
  Syntax syntax = {.options = FilterOptions(), .switches = {}};
  syntax.options.insert("--limit");
  ASSIGN_OR_RETURN(const Arguments arguments,
                   Arguments::Parse(invocation.arguments, syntax));
  ASSIGN_OR_RETURN(const uint32_t limit,
                   arguments.Number("--limit", kUsualLimit, kLargestLimit));
  admin::v1::ListQueueRequest request;
  ASSIGN_OR_RETURN(*request.mutable_filter(),
                   FilterFrom(arguments, absl::Now()));
  ASSIGN_OR_RETURN(const admin::v1::ListQueueResponse response,
                   FetchList(invocation, request, limit));
  if (invocation.json) return PrintJson(response, out);
  if (response.messages().empty()) {
    out << (IsFilter(request.filter()) ? "Nothing matches.\n"
                                       : "Nothing is queued.\n");
    return absl::OkStatus();
  }
  Table table({"QUEUE ID", "STATE", "SIZE", "AGE", "NEXT", "SENDER",
               "RECIPIENTS", "REASON"});
  const absl::Time now = absl::Now();
  for (const QueuedMessage& message : response.messages()) {
    AddRow(message, now, table);
  }
  out << table;
  if (!response.next().empty()) {
    out << "There may be more: raise --limit.\n";
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
      << "State:     " << ShownState(message.state()) << "\n";
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

}  // namespace

std::vector<Verb> QueueVerbs() {
  std::vector<Verb> verbs = {
      {"queue list", "[FILTER] [--limit N]",
       "Lists what is queued, the oldest first.", ListQueue},
      {"queue show", "QUEUE-ID",
       "Shows a message: its envelope, the latest replies, its header.",
       ShowMessage},
  };
  for (Verb& verb : QueueChangeVerbs()) verbs.push_back(std::move(verb));
  verbs.push_back(AdoptVerb());
  verbs.push_back(ExportVerb());
  verbs.push_back(ImportVerb());
  return verbs;
}

}  // namespace postern::ctl
