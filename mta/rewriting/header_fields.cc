#include "mta/rewriting/header_fields.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "mta/rewriting/address_text.h"

namespace postern::mta::rewriting {
namespace {

enum Field {
  kFrom,
  kSender,
  kTo,
  kCc,
  kBcc,
  kDate,
  kMessageId,
  kResentFrom,
  kResentSender,
  kResentTo,
  kResentCc,
  kResentBcc,
  kResentDate,
  kResentMessageId,
  kReplyTo,
  kOther,
};
constexpr uint32_t kAnyResent = (1u << kResentFrom) | (1u << kResentSender) |
                                (1u << kResentTo) | (1u << kResentCc) |
                                (1u << kResentBcc) | (1u << kResentDate) |
                                (1u << kResentMessageId);

enum class Holds { kNoAddress, kSenders, kRecipients };

struct KnownField {
  absl::string_view name;
  Field field;
  Holds holds;
};

constexpr KnownField kFields[] = {
    {"From", kFrom, Holds::kSenders},
    {"Sender", kSender, Holds::kSenders},
    {"Reply-To", kReplyTo, Holds::kSenders},
    {"Errors-To", kOther, Holds::kSenders},
    {"Return-Receipt-To", kOther, Holds::kSenders},
    {"Disposition-Notification-To", kOther, Holds::kSenders},
    {"To", kTo, Holds::kRecipients},
    {"Cc", kCc, Holds::kRecipients},
    {"Bcc", kBcc, Holds::kRecipients},
    {"Apparently-To", kOther, Holds::kRecipients},
    {"Mail-Followup-To", kOther, Holds::kRecipients},
    {"Resent-From", kResentFrom, Holds::kSenders},
    {"Resent-Sender", kResentSender, Holds::kSenders},
    {"Resent-Reply-To", kOther, Holds::kSenders},
    {"Resent-To", kResentTo, Holds::kRecipients},
    {"Resent-Cc", kResentCc, Holds::kRecipients},
    {"Resent-Bcc", kResentBcc, Holds::kRecipients},
    {"Date", kDate, Holds::kNoAddress},
    {"Message-ID", kMessageId, Holds::kNoAddress},
    {"Resent-Date", kResentDate, Holds::kNoAddress},
    {"Resent-Message-ID", kResentMessageId, Holds::kNoAddress},
};

const KnownField* KnownFieldOf(absl::string_view text) {
  const absl::string_view name =
      absl::StripTrailingAsciiWhitespace(text.substr(0, text.find(':')));
  for (const KnownField& known : kFields) {
    if (absl::EqualsIgnoreCase(name, known.name)) return &known;
  }
  return nullptr;
}

}  // namespace

void HeaderFields::NoteField(absl::string_view field) {
  if (const KnownField* known = KnownFieldOf(field)) {
    seen_ |= 1u << known->field;
  }
}

net::Task<absl::StatusOr<std::string>> HeaderFields::Rewrite(
    std::string field) {
  NoteField(field);
  const KnownField* known = KnownFieldOf(field);
  const size_t colon = field.find(':');
  if (!facts_.rewrites || known == nullptr || colon == field.npos ||
      known->holds == Holds::kNoAddress) {
    co_return field;
  }
  const Place place = known->holds == Holds::kSenders ? Place::kHeaderSender
                                                      : Place::kHeaderRecipient;
  const absl::string_view body = absl::string_view(field).substr(colon + 1);
  std::vector<std::pair<FoundAddress, mail::Address>> changes;
  for (FoundAddress& found : FindAddresses(body)) {
    CO_ASSIGN_OR_RETURN(mail::Address address,
                        co_await canonical_.Rewrite(place, found.address));
    if (address == found.address) continue;
    changes.emplace_back(std::move(found), std::move(address));
  }
  if (changes.empty()) co_return field;
  co_return absl::StrCat(field.substr(0, colon + 1),
                         ReplaceAddresses(body, changes));
}

std::string HeaderFields::Missing() const {
  if (!facts_.adds_missing) return "";
  const bool is_resent = (seen_ & kAnyResent) != 0;
  const absl::string_view prefix = is_resent ? "Resent-" : "";
  std::string fields;
  if (!Has(is_resent ? kResentMessageId : kMessageId)) {
    absl::StrAppend(
        &fields, prefix, "Message-ID: <",
        absl::FormatTime("%Y%m%d%H%M%S", facts_.now, absl::UTCTimeZone()), ".",
        facts_.queue_id, "@", facts_.myhostname, ">\r\n");
  }
  if (!Has(is_resent ? kResentDate : kDate)) {
    absl::StrAppend(&fields, prefix, "Date: ",
                    absl::FormatTime("%a, %d %b %Y %H:%M:%S %z", facts_.now,
                                     absl::LocalTimeZone()),
                    "\r\n");
  }
  if (!Has(is_resent ? kResentFrom : kFrom)) {
    const std::string from =
        facts_.sender.empty()
            ? absl::StrCat("MAILER-DAEMON@", facts_.myhostname)
            : Printable(facts_.sender, 1000);
    absl::StrAppend(&fields, prefix, "From: ", from, "\r\n");
  }
  const bool has_recipients =
      is_resent ? Has(kResentTo) || Has(kResentCc) || Has(kResentBcc)
                : Has(kTo) || Has(kCc) || Has(kBcc);
  if (!has_recipients && !is_resent && !facts_.undisclosed_recipients.empty()) {
    absl::StrAppend(&fields, facts_.undisclosed_recipients, "\r\n");
  }
  return fields;
}

}  // namespace postern::mta::rewriting
