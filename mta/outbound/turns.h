// Jobs that wait, served in turns: each sender (queue/sender_class.h) has one
// job served, then the next sender has one, however many each has waiting.
//
// Threads: one at a time.

#ifndef POSTERN_MTA_OUTBOUND_TURNS_H_
#define POSTERN_MTA_OUTBOUND_TURNS_H_

#include <cstddef>
#include <deque>

#include "absl/container/flat_hash_map.h"
#include "mta/outbound/job.h"

namespace postern::mta::outbound {

class Turns {
 public:
  // `job` must not move until it is out again.
  void Push(Job& job);
  // Takes out whose turn it is; nullptr: nobody waits.
  Job* Pop();
  // Takes `job` out; false: it is not there.
  bool Remove(Job& job);

  bool empty() const { return order_.empty(); }

 private:
  struct Row {
    Job* first = nullptr;
    Job* last = nullptr;
  };

  absl::flat_hash_map<size_t, Row> rows_;
  std::deque<size_t> order_;  // Every sender of `rows_`, the next one first.
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_TURNS_H_
