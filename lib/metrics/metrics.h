// Counters, gauges and histograms, shown at /metrics in Prometheus' text form.
//
//   metrics::Counter& passed =
//       registry.AddCounter("postern_greylistd_decisions_total",
//                           "Decisions by outcome.", {{"outcome", "pass"}});
//   passed.Increment();
//
// Make every metric once, at start, and keep the reference: a label comes from
// a closed set, never from a peer (docs/metrics.md lists them all).
//
// Threads: safe from any thread; incrementing takes no lock.

#ifndef POSTERN_LIB_METRICS_METRICS_H_
#define POSTERN_LIB_METRICS_METRICS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace postern::metrics {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  void Increment(double by = 1);
  double Value() const;

 private:
  friend class Registry;
  explicit Counter(void* counter) : counter_(counter) {}
  void* counter_;
};

class Gauge {
 public:
  void Set(double value);
  void Add(double by);
  double Value() const;

 private:
  friend class Registry;
  explicit Gauge(void* gauge) : gauge_(gauge) {}
  void* gauge_;
};

class Histogram {
 public:
  void Observe(double value);

 private:
  friend class Registry;
  explicit Histogram(void* histogram) : histogram_(histogram) {}
  void* histogram_;
};

class Registry {
 public:
  Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  ~Registry();

  // Each returns the same object for the same name and labels; it lives as
  // long as the registry. Names of one family share their help and label names.
  Counter& AddCounter(const std::string& name, const std::string& help,
                      const Labels& labels = {});
  Gauge& AddGauge(const std::string& name, const std::string& help,
                  const Labels& labels = {});
  // `bounds` are the upper ends of the buckets, ascending.
  Histogram& AddHistogram(const std::string& name, const std::string& help,
                          const std::vector<double>& bounds,
                          const Labels& labels = {});

  // Calls `refresh` before every Render(), to set gauges that are costly to
  // keep up to date. It must be thread-safe and quick.
  void OnRender(std::function<void()> refresh);

  // Returns everything in Prometheus' text format.
  std::string Render();

 private:
  class Families;
  std::unique_ptr<Families> families_;
};

// Bucket bounds for waits from 100 µs to 100 s, in seconds.
std::vector<double> LatencyBounds();

}  // namespace postern::metrics

#endif  // POSTERN_LIB_METRICS_METRICS_H_
