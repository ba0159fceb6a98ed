// What greylistd counts: docs/metrics.md lists it.
//
// Threads: safe from any thread.

#ifndef POSTERN_GREYLISTD_METERS_H_
#define POSTERN_GREYLISTD_METERS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "greylistd/reason.h"
#include "lib/metrics/metrics.h"

namespace postern::greylistd {

class Meters {
 public:
  explicit Meters(metrics::Registry& registry);

  void Count(Reason reason) {
    decisions_[static_cast<size_t>(reason)]->Increment();
  }
  void CountAllowedClient() { allowed_clients_.Increment(); }
  void CountDnsFailure() { dns_failures_.Increment(); }
  // A first pass, that long after the first attempt.
  void ObserveWait(int64_t seconds) {
    wait_.Observe(static_cast<double>(seconds));
  }

 private:
  std::array<metrics::Counter*, kReasons> decisions_;
  metrics::Counter& allowed_clients_;
  metrics::Counter& dns_failures_;
  metrics::Histogram& wait_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_METERS_H_
