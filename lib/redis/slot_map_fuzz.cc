// The bytes are a reply to CLUSTER SLOTS as it comes over the wire.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "lib/redis/reply_reader.h"
#include "lib/redis/slot.h"
#include "lib/redis/slot_map.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::redis::SlotMap;
  postern::redis::ReplyReader reader({.max_bytes = 4096, .max_elements = 512});
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (!reader.Feed(bytes).ok()) return 0;
  const auto reply = reader.Next();
  if (!reply.ok() || !reply->has_value()) return 0;
  const auto map = SlotMap::FromReply(**reply, "192.0.2.1");
  if (!map.ok()) return 0;
  for (int slot = 0; slot < postern::redis::kSlots; slot += 511) {
    const auto* node = map->NodeOf(static_cast<uint16_t>(slot));
    if (node != nullptr && (node->host.empty() || node->port == 0)) {
      std::abort();
    }
  }
  return 0;
}
