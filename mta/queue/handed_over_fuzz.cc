// Whatever another relay hands over as an envelope: no crash, and what is taken
// has recipients, no text that ends a line, and nothing for this machine.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "mta/queue/handed_over.h"
#include "mta/smtp/reply.h"

using namespace postern::mta;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto envelope = queue::ParseHandedOver(bytes, 10);
  if (!envelope.ok()) {
    const int kind = smtp::ReplyFor(envelope.status()).kind();
    assert(kind == 4 || kind == 5);
    return 0;
  }
  assert(!envelope->recipients().empty() && envelope->size_bytes() == 10);
  assert(!queue::IsForThisMachine(*envelope));
  assert(envelope->handoffs() <= queue::kMostHandoffs);
  for (const auto& recipient : envelope->recipients()) {
    assert(recipient.address().find('\n') == std::string::npos);
    assert(recipient.last_reply().find('\r') == std::string::npos);
  }
  // It can go on.
  const auto next =
      queue::HandedOver(std::string(16, 's'), queue::QueueId{1}, *envelope);
  const auto again = queue::ParseHandedOver(next.SerializeAsString(), 10);
  assert(again.ok() || next.handoffs() > queue::kMostHandoffs);
  return 0;
}
