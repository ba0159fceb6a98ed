// Which node of a cluster serves which slots.
//
// Source:  the reply to CLUSTER SLOTS; of each range only its master counts.
// Errors:  FromReply(): DataLoss when the reply is not of that form.
// Threads: one at a time.
// Limits:  kMaxNodes nodes.

#ifndef POSTERN_LIB_REDIS_SLOT_MAP_H_
#define POSTERN_LIB_REDIS_SLOT_MAP_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/endpoint.h"
#include "lib/redis/reply.h"

namespace postern::redis {

class SlotMap {
 public:
  static constexpr size_t kMaxNodes = 1000;

  // A map where nobody serves anything.
  SlotMap();

  // Reads the reply of the node at `asked_host`, which stands in where that
  // node does not know its own address. Ranges without an address that can be
  // reached are left out.
  static absl::StatusOr<SlotMap> FromReply(const Reply& reply,
                                           absl::string_view asked_host);

  // Returns who serves `slot`, nullptr if nobody is known to; valid until the
  // map changes.
  const net::Endpoint* NodeOf(uint16_t slot) const;

  // Notes that `slot` lives at `node` now. Without effect beyond kMaxNodes.
  void Move(uint16_t slot, const net::Endpoint& node);

  // All nodes that the map has heard of.
  const std::vector<net::Endpoint>& nodes() const { return nodes_; }

 private:
  static constexpr uint16_t kNobody = 0xFFFF;

  // Returns the index of `node` in nodes_, adding it; kNobody if there are too
  // many.
  uint16_t IndexOf(const net::Endpoint& node);

  std::vector<uint16_t> node_of_slot_;  // kSlots indexes into nodes_.
  std::vector<net::Endpoint> nodes_;
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_SLOT_MAP_H_
