#include "mta/server/transaction.h"

#include <utility>

#include "lib/base/log.h"

namespace postern::mta::server {

Transaction::Transaction(const mail::Address& sender, int64_t declared_bytes,
                         bool body_8bitmime, std::string instance)
    : sender_(sender.ToString()),
      declared_bytes_(declared_bytes),
      body_8bitmime_(body_8bitmime),
      instance_(std::move(instance)) {}

void Transaction::Add(const mail::Address& recipient,
                      std::vector<std::string> headers) {
  mail::Address key = recipient;
  key.domain = mail::LowerDomain(key.domain);
  if (known_.insert(key.ToString()).second) {
    recipients_.push_back(recipient.ToString());
  }
  for (std::string& header : headers) {
    if (headers_.size() == kMaxHeaders) {
      log::Warning("too_many_headers_to_prepend",
                   {{"instance", instance_}, {"header", header}});
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
