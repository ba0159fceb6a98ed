#include "greylistd/pending_counts.h"

namespace postern::greylistd {

std::optional<PendingRecord> PendingCounts::Find(uint64_t network,
                                                 int64_t now) const {
  const size_t first = FirstSlot(network);
  for (size_t i = first; i < first + kWays; ++i) {
    const Slot& slot = slots_[i];
    if (slot.network == network && slot.record.until > now) return slot.record;
  }
  return std::nullopt;
}

void PendingCounts::Set(uint64_t network, const PendingRecord& record,
                        int64_t now) {
  const size_t first = FirstSlot(network);
  Slot* chosen = &slots_[first];
  for (size_t i = first; i < first + kWays; ++i) {
    Slot& slot = slots_[i];
    if (slot.network == network) {
      chosen = &slot;
      break;
    }
    const uint32_t weight = slot.record.until > now ? slot.record.count : 0;
    const uint32_t least =
        chosen->record.until > now ? chosen->record.count : 0;
    if (weight < least) chosen = &slot;
  }
  *chosen = {network, record};
}

}  // namespace postern::greylistd
