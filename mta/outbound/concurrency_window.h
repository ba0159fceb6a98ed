// How many connections a destination may have now: few at first, more while it
// takes mail, fewer when there is trouble.
//
// Source:  Postfix's scheduler (SCHEDULER_README), with feedback a delivery.
// Threads: a value.

#ifndef POSTERN_MTA_OUTBOUND_CONCURRENCY_WINDOW_H_
#define POSTERN_MTA_OUTBOUND_CONCURRENCY_WINDOW_H_

#include <algorithm>
#include <cstddef>

namespace postern::mta::outbound {

class ConcurrencyWindow {
 public:
  struct Limits {
    size_t initial = 5;   // initial_destination_concurrency
    size_t most = 20;     // destination_concurrency_limit
    double positive = 1;  // What a delivery adds …
    double negative = 1;  // … and a trouble takes away.
  };

  explicit ConcurrencyWindow(const Limits& limits)
      : limits_(limits),
        size_(static_cast<double>(std::min(limits.initial, limits.most))) {}

  // Changes what it may grow to.
  void SetLimits(const Limits& limits) {
    limits_ = limits;
    size_ = std::min(size_, static_cast<double>(limits.most));
  }

  // Connections that there may be; at least 1.
  size_t size() const { return static_cast<size_t>(size_); }

  // A delivery went well while there were `used` connections. What nobody uses
  // does not grow.
  void Grow(size_t used) {
    if (size() >= used + limits_.initial) return;
    size_ =
        std::min(size_ + limits_.positive, static_cast<double>(limits_.most));
  }
  // A connection could not be made, or broke.
  void Shrink() { size_ = std::max(size_ - limits_.negative, 1.0); }

 private:
  Limits limits_;
  double size_;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_CONCURRENCY_WINDOW_H_
