#include "mta/filters/envelope_edit.h"

#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/mail/address.h"
#include "lib/milter/envelope.h"
#include "mta/smtp/extension.h"
#include "mta/smtp/mail_parameters.h"

namespace postern::mta::filters {
namespace {

using Kind = FilteredMessage::EnvelopeChange::Kind;
using spool::v1::Envelope;
using spool::v1::Recipient;

// The address as it is in envelopes; nullopt: it cannot be one.
std::optional<std::string> AddressOf(absl::string_view text) {
  const absl::string_view bare = milter::Path::WithoutBrackets(text);
  if (bare.empty()) return std::string();
  const auto parsed = mail::Address::Parse(bare, mail::Charset::kUtf8);
  if (parsed.ok()) return parsed->ToString();
  log::Warning("milter_address", {{"address", text}, {"why", parsed.status()}});
  return std::nullopt;
}

// Domains are the same in any case.
std::string Folded(absl::string_view address) {
  const size_t at = address.rfind('@');
  if (at == address.npos) return std::string(address);
  return absl::StrCat(address.substr(0, at),
                      absl::AsciiStrToLower(address.substr(at)));
}

int PlaceOf(absl::string_view address, const Envelope& envelope) {
  const std::string wanted = Folded(address);
  for (int i = 0; i < envelope.recipients_size(); ++i) {
    if (Folded(envelope.recipients(i).address()) == wanted) return i;
  }
  return -1;
}

smtp::Extensions AllOffered() {
  smtp::Extensions offered;
  offered.dsn = true;
  offered.size = true;
  return offered;
}

void ChangeSender(const std::string& address, const std::string& arguments,
                  Envelope& envelope) {
  envelope.set_sender(address);
  smtp::MailParameters mail;
  if (arguments.empty() ||
      !smtp::ReadMailParameters(absl::StrCat(" ", arguments), AllOffered(),
                                mail)
           .ok()) {
    return;
  }
  using Return = smtp::MailParameters::Return;
  if (mail.dsn_return != Return::kUnset) {
    envelope.set_dsn_return(mail.dsn_return == Return::kFull
                                ? spool::v1::RETURN_FULL
                                : spool::v1::RETURN_HEADERS);
  }
  if (!mail.envelope_id.empty()) {
    envelope.set_dsn_envelope_id(mail.envelope_id);
  }
}

void AddRecipient(const std::string& address, const std::string& arguments,
                  Envelope& envelope) {
  if (address.empty() || PlaceOf(address, envelope) >= 0) return;
  if (envelope.recipients_size() >= static_cast<int>(milter::kMaxRecipients)) {
    log::Warning("milter_address", {{"address", address}, {"why", "too many"}});
    return;
  }
  Recipient& recipient = *envelope.add_recipients();
  recipient.set_address(address);
  smtp::RcptParameters rcpt;
  if (arguments.empty() ||
      !smtp::ReadRcptParameters(absl::StrCat(" ", arguments), AllOffered(),
                                rcpt)
           .ok()) {
    return;
  }
  recipient.set_notify_never(rcpt.notify_never);
  recipient.set_notify_success(rcpt.notify_success);
  recipient.set_notify_failure(rcpt.notify_failure);
  recipient.set_notify_delay(rcpt.notify_delay);
  recipient.set_original_recipient(rcpt.original_recipient);
}

}  // namespace

void ApplyToEnvelope(
    const std::vector<FilteredMessage::EnvelopeChange>& changes,
    Envelope& envelope) {
  for (const FilteredMessage::EnvelopeChange& change : changes) {
    const std::optional<std::string> address = AddressOf(change.address);
    if (!address) continue;
    switch (change.kind) {
      case Kind::kSender:
        ChangeSender(*address, change.arguments, envelope);
        break;
      case Kind::kAddRecipient:
        AddRecipient(*address, change.arguments, envelope);
        break;
      case Kind::kDeleteRecipient: {
        const int at = PlaceOf(*address, envelope);
        if (at >= 0) envelope.mutable_recipients()->DeleteSubrange(at, 1);
        break;
      }
    }
  }
}

}  // namespace postern::mta::filters
