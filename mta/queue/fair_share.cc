#include "mta/queue/fair_share.h"

#include <cassert>

#include "absl/hash/hash.h"
#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "mta/queue/sender_class.h"

namespace postern::mta::queue {

Flow FlowOf(const spool::v1::Envelope& envelope) {
  Flow flow;
  flow.sender = static_cast<uint8_t>(SenderClass(envelope.sender()));
  if (envelope.recipients().empty()) return flow;
  const absl::string_view recipient = envelope.recipients(0).address();
  const size_t at = recipient.rfind('@');
  if (at == recipient.npos) return flow;
  flow.destination = static_cast<uint8_t>(
      absl::HashOf(absl::AsciiStrToLower(recipient.substr(at))));
  return flow;
}

void FairShare::Begin(Flow flow) {
  ++senders_[flow.sender];
  ++destinations_[flow.destination];
  ++total_;
}

void FairShare::End(Flow flow) {
  assert(total_ > 0);
  --senders_[flow.sender];
  --destinations_[flow.destination];
  --total_;
}

bool FairShare::HasRoom(Flow flow, size_t limit) const {
  if (total_ >= limit) return false;
  const size_t left = limit - total_;
  return senders_[flow.sender] < left && destinations_[flow.destination] < left;
}

}  // namespace postern::mta::queue
