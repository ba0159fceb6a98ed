#include "mta/restrictions/message_actions.h"

#include <utility>

#include "lib/base/log.h"

namespace postern::mta::restrictions {

void MessageActions::AddHeader(std::string header) {
  if (headers.size() < kMaxHeaders) {
    headers.push_back(std::move(header));
    return;
  }
  log::Warning("too_many_headers_to_prepend", {{"header", header}});
}

void MessageActions::AddCopy(std::string address) {
  if (copies.size() < kMaxCopies) {
    copies.push_back(std::move(address));
    return;
  }
  log::Warning("too_many_copies", {{"to", address}});
}

void MessageActions::Merge(MessageActions later) {
  discard = discard || later.discard;
  hold = hold || later.hold;
  if (!later.redirect.empty()) redirect = std::move(later.redirect);
  for (std::string& header : later.headers) AddHeader(std::move(header));
  for (std::string& address : later.copies) AddCopy(std::move(address));
}

void MessageActions::ApplyTo(spool::v1::Envelope& envelope) const {
  if (hold) envelope.set_hold(true);
  if (!redirect.empty()) {
    envelope.clear_recipients();
    envelope.add_recipients()->set_address(redirect);
    return;  // cleanup(8): a redirection overrides the copies as well.
  }
  for (const std::string& address : copies) {
    spool::v1::Recipient& copy = *envelope.add_recipients();
    copy.set_address(address);
    copy.set_notify_never(true);  // The sender knows nothing of it.
  }
}

}  // namespace postern::mta::restrictions
