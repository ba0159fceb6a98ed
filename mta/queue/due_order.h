// Messages that wait, in the order in which they are due, flow by flow.
//
// Threads: one at a time.
// Limits:  about 25 bytes a message; a flow that may not go on costs the
//          length of a step in a tree when it is passed over.

#ifndef POSTERN_MTA_QUEUE_DUE_ORDER_H_
#define POSTERN_MTA_QUEUE_DUE_ORDER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "mta/queue/fair_share.h"
#include "mta/queue/queue_id.h"

namespace postern::mta::queue {

class DueOrder {
 public:
  void Add(QueueId id, int64_t due_us, Flow flow);
  void Remove(QueueId id, int64_t due_us, Flow flow);

  // Returns what has been due longest at `now_us` among the flows that
  // `may_go_on` accepts; `passed_over` is set when it accepted one less.
  std::optional<QueueId> First(int64_t now_us,
                               absl::FunctionRef<bool(Flow)> may_go_on,
                               bool& passed_over) const;
  // Returns when something is due next after `now_us`, as far as the first of
  // each flow tells.
  std::optional<int64_t> NextAfter(int64_t now_us) const;

  size_t size() const { return size_; }

 private:
  using Row = absl::btree_set<std::pair<int64_t, QueueId>>;

  static uint16_t KeyOf(Flow flow) {
    return static_cast<uint16_t>(flow.sender << 8 | flow.destination);
  }

  absl::flat_hash_map<uint16_t, Row> rows_;  // None of them is empty.
  // When the first of each row is due.
  absl::btree_set<std::pair<int64_t, uint16_t>> heads_;
  size_t size_ = 0;
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_DUE_ORDER_H_
