#include "mta/queue/due_order.h"

#include <limits>

namespace postern::mta::queue {

void DueOrder::Add(QueueId id, int64_t due_us, Flow flow) {
  const uint16_t key = KeyOf(flow);
  Row& row = rows_[key];
  if (row.empty() || due_us < row.begin()->first) {
    if (!row.empty()) heads_.erase({row.begin()->first, key});
    heads_.emplace(due_us, key);
  }
  row.emplace(due_us, id);
  ++size_;
}

void DueOrder::Remove(QueueId id, int64_t due_us, Flow flow) {
  const uint16_t key = KeyOf(flow);
  const auto found = rows_.find(key);
  if (found == rows_.end()) return;
  Row& row = found->second;
  const int64_t first = row.begin()->first;
  if (row.erase({due_us, id}) == 0) return;
  --size_;
  if (row.empty()) {
    heads_.erase({first, key});
    rows_.erase(found);
  } else if (row.begin()->first != first) {
    heads_.erase({first, key});
    heads_.emplace(row.begin()->first, key);
  }
}

std::optional<QueueId> DueOrder::First(int64_t now_us,
                                       absl::FunctionRef<bool(Flow)> may_go_on,
                                       bool& passed_over) const {
  for (const auto& [due_us, key] : heads_) {
    if (due_us > now_us) break;
    const Flow flow = {.sender = static_cast<uint8_t>(key >> 8),
                       .destination = static_cast<uint8_t>(key)};
    if (may_go_on(flow)) return rows_.find(key)->second.begin()->second;
    passed_over = true;
  }
  return std::nullopt;
}

std::optional<int64_t> DueOrder::NextAfter(int64_t now_us) const {
  const auto next =
      heads_.lower_bound({now_us, std::numeric_limits<uint16_t>::max()});
  if (next == heads_.end()) return std::nullopt;
  return next->first;
}

}  // namespace postern::mta::queue
