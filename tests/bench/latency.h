// Collects how long each of many things took and tells the percentiles.
//
//   Latency latency;
//   latency.Add(seconds);
//   latency.Percentile(0.99);   // seconds
//
// Threads: one.  Limits: eight bytes a sample.

#ifndef POSTERN_TESTS_BENCH_LATENCY_H_
#define POSTERN_TESTS_BENCH_LATENCY_H_

#include <cstddef>
#include <string>
#include <vector>

namespace postern::bench {

class Latency {
 public:
  void Add(double seconds) { samples_.push_back(seconds); }
  size_t count() const { return samples_.size(); }

  // The smallest sample that is not exceeded by the share `rank` of all
  // (nearest rank); 0 when there is none.
  double Percentile(double rank);

  // "p50_us": 12.3, "p99_us": 45.6, "max_us": 78.9 - members of a JSON object.
  std::string JsonMembers();

 private:
  std::vector<double> samples_;
};

}  // namespace postern::bench

#endif  // POSTERN_TESTS_BENCH_LATENCY_H_
