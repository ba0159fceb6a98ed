#include "tests/bench/latency.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace postern::bench {

double Latency::Percentile(double rank) {
  if (samples_.empty()) return 0;
  const double wanted = std::ceil(rank * static_cast<double>(samples_.size()));
  const size_t index =
      std::clamp<size_t>(static_cast<size_t>(wanted), 1, samples_.size()) - 1;
  std::nth_element(samples_.begin(),
                   samples_.begin() + static_cast<ptrdiff_t>(index),
                   samples_.end());
  return samples_[index];
}

std::string Latency::JsonMembers() {
  return absl::StrFormat("\"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f",
                         Percentile(0.5) * 1e6, Percentile(0.99) * 1e6,
                         Percentile(1) * 1e6);
}

}  // namespace postern::bench
