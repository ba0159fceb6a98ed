// Lines that may still be logged in this second.
//
// A flood of mail must not become a flood of log lines, which cost more than
// the decisions that they tell of: beyond the limit lines are left out, and the
// next one that is not says how many.
//
//   uint64_t left_out = 0;
//   if (!budget.Take(now, left_out)) return;
//   if (left_out != 0) log::Info("lines_left_out", {{"count", left_out}});
//
// Threads: safe from any thread.

#ifndef POSTERN_LIB_BASE_LINE_BUDGET_H_
#define POSTERN_LIB_BASE_LINE_BUDGET_H_

#include <atomic>
#include <cstdint>

namespace postern {

class LineBudget {
 public:
  explicit LineBudget(uint32_t lines_per_second) : limit_(lines_per_second) {}

  // Changes the limit; 0: none.
  void set_limit(uint32_t lines_per_second) { limit_ = lines_per_second; }

  // Takes one line of the second `now`; false: it is to be left out. Sets
  // `left_out` to the number of lines left out before, when that is to be
  // told.
  bool Take(int64_t now, uint64_t& left_out);

 private:
  std::atomic<uint32_t> limit_;
  std::atomic<int64_t> second_ = 0;  // The second that `taken_` counts.
  std::atomic<uint32_t> taken_ = 0;  // Lines asked for in it.
};

}  // namespace postern

#endif  // POSTERN_LIB_BASE_LINE_BUDGET_H_
