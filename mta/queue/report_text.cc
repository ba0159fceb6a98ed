#include "mta/queue/report_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"

namespace postern::mta::queue {
namespace {

using Action = ReportedRecipient::Action;

constexpr size_t kNamedRecipients = 20;

bool Tells(const ReportedMessage& message, Action action) {
  return std::any_of(
      message.recipients.begin(), message.recipients.end(),
      [action](const ReportedRecipient& r) { return r.action == action; });
}

std::string Introduction(const ReportedMessage& message, Action action) {
  switch (action) {
    case Action::kFailed:
      if (message.is_double_bounce) {
        return "A message without a sender (a report, most likely) could not "
               "be "
               "delivered to\r\nthe recipients below. Nobody else is told.";
      }
      return "Your message could not be delivered to the recipients below.";
    case Action::kDelayed:
      if (message.retry_until == absl::InfiniteFuture()) {
        return "Your message has not been delivered yet to the recipients "
               "below.\r\nThere is nothing you need to do: it is tried again.";
      }
      return absl::StrCat(
          "Your message has not been delivered yet to the recipients below.\r\n"
          "There is nothing you need to do: it is tried until\r\n",
          MailDate(message.retry_until), ".");
    case Action::kDelivered:
      return "Your message was delivered to the recipients below.";
    case Action::kRelayed:
      return "Your message was handed over, for the recipients below, to hosts "
             "that do not\r\nreport deliveries. You will hear of it only if "
             "it comes back.";
    case Action::kExpanded:
      return "Your message was sent on to all those that the recipients below "
             "stand for. You\r\nwill hear of them only if it comes back.";
  }
  return "";
}

// Address and reply on lines of their own: together they might be too long.
std::string Explanation(const ReportedRecipient& reported,
                        ShownCharset charset) {
  const Outcome& outcome = reported.outcome;
  std::string text = absl::StrCat(
      "<", Shown(reported.recipient.address(), charset, kLongestShownAddress),
      ">:", reported.is_expired ? " given up after retries." : "");
  if (!outcome.host.empty()) {
    absl::StrAppend(&text, " ", Printable(outcome.host), " said:");
  }
  return absl::StrCat(text, "\r\n    ",
                      Shown(outcome.reply, charset, kLongestShownReply),
                      "\r\n");
}

}  // namespace

const BounceTemplate* TemplateFor(const ReportedMessage& message,
                                  const ReportOptions& options) {
  const BounceTemplates& all = options.templates;
  const std::optional<BounceTemplate>& one =
      Tells(message, Action::kFailed)    ? all.failure
      : Tells(message, Action::kDelayed) ? all.delay
                                         : all.success;
  return one ? &*one : nullptr;
}

absl::string_view ReportSubject(const ReportedMessage& message,
                                const ReportOptions& options) {
  const BounceTemplate* text = TemplateFor(message, options);
  if (message.is_double_bounce) {
    const bool is_ours = text == nullptr || text->postmaster_subject.empty();
    return is_ours ? "Undelivered Mail without a Sender"
                   : absl::string_view(text->postmaster_subject);
  }
  if (text != nullptr && !text->subject.empty()) return text->subject;
  if (Tells(message, Action::kFailed)) {
    return "Undelivered Mail Returned to Sender";
  }
  if (Tells(message, Action::kDelayed)) {
    return "Delayed Mail (still being retried)";
  }
  return "Successful Mail Delivery Report";
}

std::string ReportText(const ReportedMessage& message,
                       const ReportOptions& options, ShownCharset charset,
                       bool has_all) {
  const BounceTemplate* own = TemplateFor(message, options);
  std::string text =
      own == nullptr ? absl::StrCat("This is the mail system at ",
                                    Printable(options.myhostname), ".\r\n\r\n")
                     : absl::StrCat(own->body, "\r\n");
  size_t named = 0;
  bool is_first = true;
  for (const Action action :
       {Action::kFailed, Action::kDelayed, Action::kDelivered, Action::kRelayed,
        Action::kExpanded}) {
    if (!Tells(message, action)) continue;
    // The operator's text is about the worst, which comes first.
    if (own == nullptr || !is_first) {
      absl::StrAppend(&text, Introduction(message, action), "\r\n\r\n");
    }
    is_first = false;
    for (const ReportedRecipient& reported : message.recipients) {
      if (reported.action != action || named == kNamedRecipients) continue;
      ++named;
      absl::StrAppend(&text, Explanation(reported, charset));
    }
    absl::StrAppend(&text, "\r\n");
  }
  if (message.recipients.size() > named) {
    absl::StrAppend(&text, "and ", message.recipients.size() - named,
                    " more, listed in the report.\r\n\r\n");
  }
  absl::StrAppend(&text, has_all ? "Your message is attached.\r\n"
                                 : "The header of your message is attached."
                                   "\r\n");
  return text;
}

}  // namespace postern::mta::queue
