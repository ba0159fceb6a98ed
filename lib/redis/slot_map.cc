#include "lib/redis/slot_map.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "absl/types/span.h"
#include "lib/base/status_macros.h"
#include "lib/redis/slot.h"

namespace postern::redis {
namespace {

constexpr size_t kMaxRanges = kSlots;
constexpr size_t kMaxRangeElements = 2 + 100;  // Bounds, master, replicas.
constexpr size_t kMaxNodeElements = 16;
constexpr size_t kMaxHostBytes = 255;

// Returns the host of a node's description; empty when it is not known.
absl::StatusOr<std::string> HostOf(const Reply& host,
                                   absl::string_view asked_host) {
  if (host.is_nil()) return std::string(asked_host);
  ASSIGN_OR_RETURN(const absl::string_view text, host.String(kMaxHostBytes));
  if (text.empty()) return std::string(asked_host);
  // A node with no host name announced, where host names are preferred.
  if (text == "?") return std::string();
  return std::string(text);
}

}  // namespace

SlotMap::SlotMap() : node_of_slot_(kSlots, kNobody) {}

absl::StatusOr<SlotMap> SlotMap::FromReply(const Reply& reply,
                                           absl::string_view asked_host) {
  SlotMap map;
  ASSIGN_OR_RETURN(const absl::Span<const Reply> ranges,
                   reply.Array(0, kMaxRanges));
  for (const Reply& range : ranges) {
    ASSIGN_OR_RETURN(const absl::Span<const Reply> parts,
                     range.Array(3, kMaxRangeElements));
    ASSIGN_OR_RETURN(const int64_t first, parts[0].Integer(0, kSlots - 1));
    ASSIGN_OR_RETURN(const int64_t last, parts[1].Integer(first, kSlots - 1));
    ASSIGN_OR_RETURN(const absl::Span<const Reply> master,
                     parts[2].Array(2, kMaxNodeElements));
    net::Endpoint node;
    ASSIGN_OR_RETURN(node.host, HostOf(master[0], asked_host));
    ASSIGN_OR_RETURN(const int64_t port, master[1].Integer(0, 65535));
    if (node.host.empty() || port == 0) continue;
    node.port = static_cast<uint16_t>(port);
    const uint16_t index = map.IndexOf(node);
    std::fill(map.node_of_slot_.begin() + first,
              map.node_of_slot_.begin() + last + 1, index);
  }
  return map;
}

const net::Endpoint* SlotMap::NodeOf(uint16_t slot) const {
  assert(slot < kSlots);
  const uint16_t index = node_of_slot_[slot];
  return index == kNobody ? nullptr : &nodes_[index];
}

void SlotMap::Move(uint16_t slot, const net::Endpoint& node) {
  assert(slot < kSlots);
  const uint16_t index = IndexOf(node);
  if (index != kNobody) node_of_slot_[slot] = index;
}

uint16_t SlotMap::IndexOf(const net::Endpoint& node) {
  const auto found = std::find(nodes_.begin(), nodes_.end(), node);
  if (found == nodes_.end() && nodes_.size() >= kMaxNodes) return kNobody;
  const auto index = static_cast<uint16_t>(found - nodes_.begin());
  if (found == nodes_.end()) nodes_.push_back(node);
  return index;
}

}  // namespace postern::redis
