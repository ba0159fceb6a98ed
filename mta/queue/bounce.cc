#include "mta/queue/bounce.h"

#include <cassert>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/printable.h"
#include "lib/base/random.h"
#include "mta/queue/envelope.h"

namespace postern::mta::queue {
namespace {

constexpr size_t kLongestLine = 998;  // RFC 5322 section 2.1.1.
constexpr size_t kLongestReply = 500;
constexpr size_t kLongestAddress = 320;
// The text for people names this many; the status part names all.
constexpr size_t kNamedRecipients = 20;

std::string MailDate(absl::Time time) {
  return absl::FormatTime(absl::RFC1123_full, time, absl::UTCTimeZone());
}

bool IsNumber(absl::string_view text) {
  if (text.empty() || text.size() > 3) return false;
  for (const char c : text) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return true;
}

// Returns the status if it is one and tells of a failure (RFC 3463 section 2);
// an expired delivery may keep its 4.
std::string FailureStatus(const FailedRecipient& recipient) {
  const std::vector<std::string> parts =
      absl::StrSplit(recipient.outcome.status, '.');
  const bool is_status = parts.size() == 3 &&
                         (parts[0] == "4" || parts[0] == "5") &&
                         IsNumber(parts[1]) && IsNumber(parts[2]);
  if (is_status) return recipient.outcome.status;
  return recipient.is_expired ? "4.4.7" : "5.0.0";
}

// Address and reply on lines of their own: together they might be too long.
std::string Explanation(const FailedRecipient& recipient) {
  const Outcome& outcome = recipient.outcome;
  std::string text = absl::StrCat(
      "<", Printable(recipient.address, kLongestAddress),
      ">:", recipient.is_expired ? " given up after retries." : "");
  if (!outcome.host.empty()) {
    absl::StrAppend(&text, " ", Printable(outcome.host), " said:");
  }
  return absl::StrCat(text, "\r\n    ", Printable(outcome.reply, kLongestReply),
                      "\r\n");
}

std::string TextPart(const Undeliverable& message,
                     const BounceOptions& options) {
  std::string text = absl::StrCat(
      "Content-Type: text/plain; charset=us-ascii\r\n"
      "Content-Description: Notification\r\n\r\n"
      "This is the mail system at ",
      Printable(options.myhostname),
      ".\r\n\r\n"
      "Your message could not be delivered to the recipients below. The header "
      "of your\r\nmessage is attached.\r\n\r\n");
  size_t named = 0;
  for (const FailedRecipient& recipient : message.failed) {
    if (named++ == kNamedRecipients) break;
    absl::StrAppend(&text, Explanation(recipient));
  }
  if (message.failed.size() > kNamedRecipients) {
    absl::StrAppend(&text, "and ", message.failed.size() - kNamedRecipients,
                    " more, listed in the report.\r\n");
  }
  return text;
}

std::string RecipientStatus(const FailedRecipient& recipient, absl::Time now) {
  const Outcome& outcome = recipient.outcome;
  std::string text = absl::StrCat(
      "\r\nFinal-Recipient: rfc822; ",
      Printable(recipient.address, kLongestAddress),
      "\r\nAction: failed\r\nStatus: ", FailureStatus(recipient), "\r\n");
  if (!outcome.host.empty()) {
    absl::StrAppend(&text, "Remote-MTA: dns; ", Printable(outcome.host),
                    "\r\n");
  }
  absl::StrAppend(
      &text, "Diagnostic-Code: ", outcome.host.empty() ? "x-postern" : "smtp",
      "; ", Printable(outcome.reply, kLongestReply),
      "\r\nLast-Attempt-Date: ", MailDate(now), "\r\n");
  return text;
}

std::string StatusPart(const Undeliverable& message,
                       const BounceOptions& options, absl::Time now) {
  std::string text = absl::StrCat(
      "Content-Type: message/delivery-status\r\n"
      "Content-Description: Delivery report\r\n\r\n"
      "Reporting-MTA: dns; ",
      Printable(options.myhostname),
      "\r\nX-Postern-Queue-ID: ", message.id.ToString(),
      "\r\nArrival-Date: ", MailDate(QueuedTime(message.envelope)), "\r\n");
  for (const FailedRecipient& recipient : message.failed) {
    absl::StrAppend(&text, RecipientStatus(recipient, now));
  }
  return text;
}

std::string HeaderPart(const Undeliverable& message,
                       const BounceOptions& options) {
  return absl::StrCat(
      "Content-Type: text/rfc822-headers\r\n"
      "Content-Description: Header of the undelivered message\r\n\r\n",
      ShownHeader(message.content, options.size_limit_bytes));
}

std::string BounceHeader(QueueId id, const std::string& sender,
                         const BounceOptions& options, absl::Time now,
                         absl::string_view boundary) {
  const std::string host = Printable(options.myhostname);
  return absl::StrCat(
      "Date: ", MailDate(now), "\r\nFrom: Mail Delivery System <MAILER-DAEMON@",
      host, ">\r\nTo: <", Printable(sender, kLongestAddress),
      ">\r\nSubject: Undelivered Mail Returned to Sender\r\nMessage-ID: <",
      id.ToString(), "@", host,
      ">\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/report; report-type=delivery-status;\r\n"
      "\tboundary=\"",
      boundary, "\"\r\n\r\n");
}

}  // namespace

std::optional<Bounce> MakeBounce(QueueId id, const Undeliverable& message,
                                 const BounceOptions& options, absl::Time now) {
  assert(!message.failed.empty());
  if (HasNullSender(message.envelope)) return std::nullopt;
  const std::string& sender = message.envelope.sender();
  Bounce bounce;
  bounce.envelope.add_recipients()->set_address(sender);
  bounce.envelope.set_queued_us(absl::ToUnixMicros(now));
  bounce.envelope.set_next_attempt_us(absl::ToUnixMicros(now));
  bounce.envelope.set_session(message.envelope.session());
  // The random part keeps a sender from closing our parts in his header.
  const std::string boundary = absl::StrCat(id.ToString(), ".", RandomName(16));
  const std::string next_part = absl::StrCat("\r\n--", boundary, "\r\n");
  bounce.content =
      absl::StrCat(BounceHeader(id, sender, options, now, boundary),
                   "This is a multi-part message in MIME format.\r\n",
                   next_part, TextPart(message, options), next_part,
                   StatusPart(message, options, now), next_part);
  absl::StrAppend(&bounce.content, HeaderPart(message, options), "\r\n--",
                  boundary, "--\r\n");
  return bounce;
}

std::string ShownHeader(absl::string_view content, int64_t limit_bytes) {
  std::string shown;
  while (!content.empty()) {
    const size_t end = content.find("\r\n");
    if (end == content.npos || end == 0) break;  // A line was cut, or the end.
    std::string line = Printable(content.substr(0, end), kLongestLine);
    // Printable() shows a tab as '?', but here it is an ordinary fold.
    if (content[0] == '\t') line[0] = '\t';
    if (shown.size() + line.size() + 2 > static_cast<size_t>(limit_bytes)) {
      break;
    }
    absl::StrAppend(&shown, line, "\r\n");
    content.remove_prefix(end + 2);
  }
  return shown;
}

}  // namespace postern::mta::queue
