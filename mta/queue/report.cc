#include "mta/queue/report.h"

#include <algorithm>
#include <cassert>

#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/random.h"
#include "lib/mail/utf8.h"
#include "mta/queue/delivery_status.h"
#include "mta/queue/envelope.h"
#include "mta/queue/report_text.h"
#include "mta/queue/shown.h"

namespace postern::mta::queue {
namespace {

// A part of the report with its header fields.
std::string Part(absl::string_view type, absl::string_view description,
                 absl::string_view body) {
  return absl::StrCat(
      "Content-Type: ", type, "\r\nContent-Description: ", description, "\r\n",
      mail::IsAscii(body) ? "" : "Content-Transfer-Encoding: 8bit\r\n", "\r\n",
      body);
}

bool TellsOfFailure(const ReportedMessage& message) {
  return std::any_of(message.recipients.begin(), message.recipients.end(),
                     [](const ReportedRecipient& reported) {
                       return reported.action ==
                              ReportedRecipient::Action::kFailed;
                     });
}

std::string ReturnedPart(const ReportedMessage& message,
                         const ReportOptions& options, ShownCharset charset,
                         bool has_all) {
  const bool is_utf8 = charset == ShownCharset::kUtf8;
  if (has_all) {
    return Part(is_utf8 ? "message/global" : "message/rfc822",
                "Undelivered message", message.content);
  }
  return Part(is_utf8 ? "message/global-headers" : "text/rfc822-headers",
              "Header of the message",
              ShownHeader(message.content, options.size_limit_bytes, charset));
}

std::string Header(QueueId id, const ReportedMessage& message,
                   const ReportOptions& options, absl::Time now,
                   absl::string_view boundary) {
  const std::string host = Printable(options.myhostname);
  const std::string sender =
      mail::PrintableUtf8(message.envelope.sender(), kLongestShownAddress);
  const BounceTemplate* own = TemplateFor(message, options);
  const std::string from =
      own == nullptr || own->from.empty()
          ? absl::StrCat("Mail Delivery System <MAILER-DAEMON@", host, ">")
          : own->from;
  return absl::StrCat(
      "Date: ", MailDate(now), "\r\nFrom: ", from, "\r\nTo: <", sender,
      ">\r\nSubject: ", ReportSubject(message, options), "\r\nMessage-ID: <",
      id.ToString(), "@", host,
      ">\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/report; report-type=delivery-status;\r\n"
      "\tboundary=\"",
      boundary, "\"\r\n");
}

std::string Body(const ReportedMessage& message, const ReportOptions& options,
                 absl::Time now, absl::string_view boundary) {
  const bool is_utf8 = message.envelope.smtputf8();
  const ShownCharset charset =
      is_utf8 ? ShownCharset::kUtf8 : ShownCharset::kAscii;
  const bool has_all = TellsOfFailure(message) &&
                       ReturnsAll(message.envelope, options.size_limit_bytes);
  const BounceTemplate* own = TemplateFor(message, options);
  const std::string next_part = absl::StrCat("\r\n--", boundary, "\r\n");
  return absl::StrCat(
      "This is a multi-part message in MIME format.\r\n", next_part,
      Part(is_utf8 || (own != nullptr && own->is_utf8)
               ? "text/plain; charset=utf-8"
               : "text/plain; charset=us-ascii",
           "Notification", ReportText(message, options, charset, has_all)),
      next_part,
      Part(is_utf8 ? "message/global-delivery-status"
                   : "message/delivery-status",
           "Delivery report", DeliveryStatus(message, options, charset, now)),
      next_part, ReturnedPart(message, options, charset, has_all), "\r\n--",
      boundary, "--\r\n");
}

spool::v1::Envelope EnvelopeFor(const ReportedMessage& message,
                                absl::Time now) {
  const std::string& sender = message.envelope.sender();
  spool::v1::Envelope envelope;
  spool::v1::Recipient& recipient = *envelope.add_recipients();
  recipient.set_address(sender);
  recipient.set_notify_never(true);
  envelope.set_to_be_rewritten(true);
  envelope.set_is_double_bounce(message.is_double_bounce);
  envelope.set_queued_us(absl::ToUnixMicros(now));
  envelope.set_next_attempt_us(absl::ToUnixMicros(now));
  envelope.set_session(message.envelope.session());
  envelope.set_requiretls(message.envelope.requiretls());
  // UTF-8 in the parts is no matter of SMTPUTF8 (RFC 6533 section 4); in our
  // own To field it is.
  envelope.set_smtputf8(!mail::IsAscii(sender));
  return envelope;
}

}  // namespace

std::optional<Report> MakeReport(QueueId id, const ReportedMessage& message,
                                 const ReportOptions& options, absl::Time now) {
  assert(!message.recipients.empty());
  if (HasNullSender(message.envelope)) return std::nullopt;
  // The random part keeps a sender from closing our parts in his message.
  const std::string boundary = absl::StrCat(id.ToString(), ".", RandomName(16));
  const std::string body = Body(message, options, now, boundary);
  const bool is_8bit = !mail::IsAscii(body);
  Report report;
  report.envelope = EnvelopeFor(message, now);
  report.envelope.set_body_8bitmime(is_8bit || report.envelope.smtputf8());
  report.content = absl::StrCat(
      Header(id, message, options, now, boundary),
      is_8bit ? "Content-Transfer-Encoding: 8bit\r\n" : "", "\r\n", body);
  return report;
}

bool ReturnsAll(const spool::v1::Envelope& envelope, int64_t limit_bytes) {
  return envelope.dsn_return() == spool::v1::RETURN_FULL &&
         !envelope.requiretls() && envelope.size_bytes() <= limit_bytes;
}

}  // namespace postern::mta::queue
