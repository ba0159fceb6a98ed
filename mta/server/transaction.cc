#include "mta/server/transaction.h"

#include <utility>

namespace postern::mta::server {

Transaction::Transaction(const smtp::Command& mail, Names names)
    : sender_address_(mail.address),
      sender_(mail.address.ToString()),
      declared_bytes_(mail.size_bytes),
      body_8bitmime_(mail.body_8bitmime),
      names_(std::move(names)) {}

void Transaction::Add(const mail::Address& recipient) {
  mail::Address key = recipient;
  key.domain = mail::LowerDomain(key.domain);
  if (known_.insert(key.ToString()).second) {
    recipients_.push_back(recipient.ToString());
  }
}

void Transaction::Act(restrictions::MessageActions actions) {
  actions_.Merge(std::move(actions));
}

spool::v1::Envelope Transaction::ToEnvelope() const {
  spool::v1::Envelope envelope;
  envelope.set_sender(sender_);
  envelope.set_body_8bitmime(body_8bitmime_);
  for (const std::string& recipient : recipients_) {
    envelope.add_recipients()->set_address(recipient);
  }
  actions_.ApplyTo(envelope);
  return envelope;
}

}  // namespace postern::mta::server
