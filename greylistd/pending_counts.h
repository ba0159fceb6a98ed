// Counts in memory, for each client network, the senders that wait (RD-06).
//
// Memory is fixed, whatever the number of networks: where there is no room the
// smallest count gives way, so those that matter stay. A new start begins from
// nothing. Both can only let a network have more than its limit, by at most as
// much again.
//
// Threads: one at a time; EmbeddedSightings has one for each of its locks.
// Limits:  1024 networks.

#ifndef POSTERN_GREYLISTD_PENDING_COUNTS_H_
#define POSTERN_GREYLISTD_PENDING_COUNTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "greylistd/decision.h"

namespace postern::greylistd {

class PendingCounts {
 public:
  static constexpr size_t kNetworks = 1024;

  // Returns the count of the network with this hash; nullopt if there is none
  // or its time is over.
  std::optional<PendingRecord> Find(uint64_t network, int64_t now) const;

  // Keeps the count.
  void Set(uint64_t network, const PendingRecord& record, int64_t now);

 private:
  static constexpr size_t kWays = 8;

  struct Slot {
    uint64_t network = 0;
    PendingRecord record;  // `until` 0: the slot is free.
  };

  // The slots where a network may be.
  static size_t FirstSlot(uint64_t network) {
    return network % (kNetworks / kWays) * kWays;
  }

  std::array<Slot, kNetworks> slots_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_PENDING_COUNTS_H_
