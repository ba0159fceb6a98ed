#include "mta/queue/delivery_status.h"

#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/printable.h"
#include "lib/mail/utf8.h"
#include "lib/mail/xtext.h"
#include "mta/queue/envelope.h"

namespace postern::mta::queue {
namespace {

using Action = ReportedRecipient::Action;

constexpr size_t kLongestType = 40;

absl::string_view NameOf(Action action) {
  switch (action) {
    case Action::kFailed:
      return "failed";
    case Action::kDelayed:
      return "delayed";
    case Action::kDelivered:
      return "delivered";
    case Action::kRelayed:
      return "relayed";
    case Action::kExpanded:
      return "expanded";
  }
  return "failed";
}

bool IsNumber(absl::string_view text) {
  if (text.empty() || text.size() > 3) return false;
  for (const char c : text) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return true;
}

// Tells whether `status` is one and of a class that goes with the action (RFC
// 3463 section 2); an expired delivery may keep its 4.
bool Fits(absl::string_view status, absl::string_view classes) {
  const std::vector<absl::string_view> parts = absl::StrSplit(status, '.');
  return parts.size() == 3 && parts[0].size() == 1 &&
         classes.find(parts[0]) != classes.npos && IsNumber(parts[1]) &&
         IsNumber(parts[2]);
}

std::string StatusOf(const ReportedRecipient& reported) {
  const std::string& status = reported.outcome.status;
  switch (reported.action) {
    case Action::kFailed:
      if (Fits(status, "45")) return status;
      return reported.is_expired ? "4.4.7" : "5.0.0";
    case Action::kDelayed:
      return Fits(status, "4") ? status : "4.0.0";
    case Action::kDelivered:
    case Action::kRelayed:
    case Action::kExpanded:
      break;
  }
  return Fits(status, "2") ? status : "2.0.0";
}

std::string Address(absl::string_view address, ShownCharset charset) {
  const bool is_utf8 =
      charset == ShownCharset::kUtf8 && !mail::IsAscii(address);
  return absl::StrCat(is_utf8 ? "utf-8; " : "rfc822; ",
                      Shown(address, charset, kLongestShownAddress));
}

// RFC 3464 section 2.3.1: only if the sender named one.
std::string OriginalRecipient(const spool::v1::Recipient& recipient,
                              ShownCharset charset) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(recipient.original_recipient(), absl::MaxSplits(';', 1));
  const std::optional<std::string> address = mail::DecodeXtext(parts.second);
  if (parts.first.empty() || !address || address->empty()) return "";
  return absl::StrCat(
      "Original-Recipient: ", Printable(parts.first, kLongestType), "; ",
      Shown(*address, charset, kLongestShownAddress), "\r\n");
}

std::string RecipientFields(const ReportedRecipient& reported,
                            ShownCharset charset, absl::Time now,
                            absl::Time retry_until) {
  const Outcome& outcome = reported.outcome;
  std::string text = absl::StrCat(
      "\r\n", OriginalRecipient(reported.recipient, charset),
      "Final-Recipient: ", Address(reported.recipient.address(), charset),
      "\r\nAction: ", NameOf(reported.action),
      "\r\nStatus: ", StatusOf(reported), "\r\n");
  if (!outcome.host.empty()) {
    absl::StrAppend(&text, "Remote-MTA: dns; ", Printable(outcome.host),
                    "\r\n");
  }
  absl::StrAppend(
      &text, "Diagnostic-Code: ", outcome.host.empty() ? "x-postern" : "smtp",
      "; ", Shown(outcome.reply, charset, kLongestShownReply),
      "\r\nLast-Attempt-Date: ", MailDate(now), "\r\n");
  if (reported.action == Action::kDelayed &&
      retry_until != absl::InfiniteFuture()) {
    absl::StrAppend(&text, "Will-Retry-Until: ", MailDate(retry_until), "\r\n");
  }
  return text;
}

}  // namespace

std::string DeliveryStatus(const ReportedMessage& message,
                           const ReportOptions& options, ShownCharset charset,
                           absl::Time now) {
  const spool::v1::Envelope& envelope = message.envelope;
  std::string text;
  const std::optional<std::string> id =
      mail::DecodeXtext(envelope.dsn_envelope_id());
  if (id && !id->empty()) {
    absl::StrAppend(&text, "Original-Envelope-Id: ", Printable(*id), "\r\n");
  }
  absl::StrAppend(
      &text, "Reporting-MTA: dns; ", Printable(options.myhostname),
      "\r\nX-Postern-Queue-ID: ", message.id.ToString(),
      "\r\nX-Postern-Sender: ",
      Address(message.is_double_bounce ? "" : envelope.sender(), charset),
      "\r\nArrival-Date: ", MailDate(QueuedTime(envelope)), "\r\n");
  for (const ReportedRecipient& reported : message.recipients) {
    absl::StrAppend(
        &text, RecipientFields(reported, charset, now, message.retry_until));
  }
  return text;
}

}  // namespace postern::mta::queue
