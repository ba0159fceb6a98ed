#include "mta/server/transaction.h"

#include <utility>

#include "lib/base/log.h"

namespace postern::mta::server {

Transaction::Transaction(const smtp::Command& mail, Names names)
    : sender_(mail.address.ToString()),
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

void Transaction::Prepend(std::vector<std::string> headers) {
  for (std::string& header : headers) {
    if (headers_.size() == kMaxHeaders) {
      log::Warning("too_many_headers_to_prepend",
                   {{"instance", instance()}, {"header", header}});
      return;
    }
    headers_.push_back(std::move(header));
  }
}

spool::v1::Envelope Transaction::ToEnvelope() const {
  spool::v1::Envelope envelope;
  envelope.set_sender(sender_);
  envelope.set_body_8bitmime(body_8bitmime_);
  for (const std::string& recipient : recipients_) {
    envelope.add_recipients()->set_address(recipient);
  }
  return envelope;
}

}  // namespace postern::mta::server
