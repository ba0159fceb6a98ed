#include "mta/server/transaction.h"

#include <utility>

#include "lib/mail/address.h"

namespace postern::mta::server {
namespace {

spool::v1::Return ReturnOf(const smtp::MailParameters& mail) {
  switch (mail.dsn_return) {
    case smtp::MailParameters::Return::kUnset:
      break;
    case smtp::MailParameters::Return::kFull:
      return spool::v1::RETURN_FULL;
    case smtp::MailParameters::Return::kHeaders:
      return spool::v1::RETURN_HEADERS;
  }
  return spool::v1::RETURN_UNSPECIFIED;
}

}  // namespace

Transaction::Transaction(const smtp::Command& mail, Names names)
    : sender_address_(mail.address),
      sender_(mail.address.ToString()),
      mail_(mail.mail),
      names_(std::move(names)) {}

void Transaction::Add(const smtp::Command& rcpt) {
  mail::Address key = rcpt.address;
  key.domain = mail::LowerDomain(key.domain);
  if (known_.insert(key.ToString()).second) {
    recipients_.push_back({rcpt.address.ToString(), rcpt.rcpt});
  }
}

void Transaction::AddChunk(int64_t bytes) {
  content_bytes_ += bytes;
  has_chunks_ = true;
}

void Transaction::Act(restrictions::MessageActions actions) {
  actions_.Merge(std::move(actions));
}

spool::v1::Envelope Transaction::ToEnvelope() const {
  spool::v1::Envelope envelope;
  envelope.set_sender(sender_);
  envelope.set_body_8bitmime(mail_.body_8bitmime);
  envelope.set_smtputf8(mail_.smtputf8);
  envelope.set_requiretls(mail_.requiretls);
  envelope.set_dsn_return(ReturnOf(mail_));
  envelope.set_dsn_envelope_id(mail_.envelope_id);
  for (const Recipient& recipient : recipients_) {
    const smtp::RcptParameters& parameters = recipient.parameters;
    spool::v1::Recipient& kept = *envelope.add_recipients();
    kept.set_address(recipient.address);
    kept.set_notify_never(parameters.notify_never);
    kept.set_notify_success(parameters.notify_success);
    kept.set_notify_failure(parameters.notify_failure);
    kept.set_notify_delay(parameters.notify_delay);
    kept.set_original_recipient(parameters.original_recipient);
  }
  actions_.ApplyTo(envelope);
  return envelope;
}

}  // namespace postern::mta::server
