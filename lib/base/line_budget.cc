#include "lib/base/line_budget.h"

namespace postern {

bool LineBudget::Take(int64_t now, uint64_t& left_out) {
  left_out = 0;
  const uint32_t limit = limit_.load(std::memory_order_relaxed);
  if (limit == 0) return true;
  int64_t second = second_.load(std::memory_order_relaxed);
  if (second != now && second_.compare_exchange_strong(second, now)) {
    // Whoever opens a new second closes the old one.
    const uint32_t taken = taken_.exchange(1);
    if (taken > limit) left_out = taken - limit;
    return true;
  }
  return taken_.fetch_add(1, std::memory_order_relaxed) < limit;
}

}  // namespace postern
