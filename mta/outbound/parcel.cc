#include "mta/outbound/parcel.h"

#include "lib/mail/utf8.h"
#include "mta/outbound/dsn_parameters.h"

namespace postern::mta::outbound {
namespace {

// Tells whether anything before the empty line is beyond ASCII.
bool HasUtf8Header(const queue::Content& content) {
  std::string end;  // Of the piece before.
  for (int i = 0; i < content.pieces(); ++i) {
    const absl::StatusOr<std::string> piece = content.Piece(i);
    if (!piece.ok()) return false;  // Nothing will be sent.
    const std::string text = end + *piece;
    const size_t header = text.find("\r\n\r\n");
    if (!mail::IsAscii(absl::string_view(text).substr(0, header))) return true;
    if (header != text.npos) return false;
    end = text.size() < 3 ? text : text.substr(text.size() - 3);
  }
  return false;
}

}  // namespace

Parcel MakeParcel(const queue::Errand& errand,
                  const std::vector<size_t>& recipients) {
  const spool::v1::Envelope& envelope = errand.envelope;
  Parcel parcel;
  parcel.sender = envelope.sender();
  parcel.content = &errand.content;
  parcel.body_8bitmime = envelope.body_8bitmime();
  parcel.smtputf8 = envelope.smtputf8();
  parcel.has_utf8_header = envelope.smtputf8() && HasUtf8Header(errand.content);
  parcel.requiretls = envelope.requiretls();
  parcel.mail_dsn = MailDsn(envelope);
  for (const size_t i : recipients) {
    const spool::v1::Recipient& recipient =
        envelope.recipients(static_cast<int>(i));
    parcel.recipients.push_back(recipient.address());
    parcel.rcpt_dsn.push_back(RcptDsn(recipient));
  }
  return parcel;
}

}  // namespace postern::mta::outbound
