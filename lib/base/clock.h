// Tells the time. Everything that compares times takes a Clock, so that tests
// decide what time it is (fake_clock.h).
//
// Threads: safe to call from any thread.

#ifndef POSTERN_LIB_BASE_CLOCK_H_
#define POSTERN_LIB_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace postern {

class Clock {
 public:
  virtual ~Clock() = default;

  // Returns the current wall-clock time.
  virtual absl::Time Now() const = 0;

  // Returns the machine's clock; it lives as long as the program.
  static const Clock& System();
};

}  // namespace postern

#endif  // POSTERN_LIB_BASE_CLOCK_H_
