#include "lib/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace postern::metrics {
namespace {

prometheus::Counter& AsCounter(void* p) {
  return *static_cast<prometheus::Counter*>(p);
}
prometheus::Gauge& AsGauge(void* p) {
  return *static_cast<prometheus::Gauge*>(p);
}
prometheus::Histogram& AsHistogram(void* p) {
  return *static_cast<prometheus::Histogram*>(p);
}

}  // namespace

void Counter::Increment(double by) { AsCounter(counter_).Increment(by); }
double Counter::Value() const { return AsCounter(counter_).Value(); }
void Gauge::Set(double value) { AsGauge(gauge_).Set(value); }
void Gauge::Add(double by) { AsGauge(gauge_).Increment(by); }
double Gauge::Value() const { return AsGauge(gauge_).Value(); }
void Histogram::Observe(double value) {
  AsHistogram(histogram_).Observe(value);
}

// Prometheus' families, and our handles to what is in them. Adding the same
// name and labels again finds the same handle.
class Registry::Families {
 public:
  using Key = std::pair<std::string, Labels>;

  template <typename Handle>
  using Handles = std::map<Key, std::unique_ptr<Handle>>;

  absl::Mutex mutex;
  prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
  Handles<Counter> counters ABSL_GUARDED_BY(mutex);
  Handles<Gauge> gauges ABSL_GUARDED_BY(mutex);
  Handles<Histogram> histograms ABSL_GUARDED_BY(mutex);
  std::vector<std::function<void()>> refreshers ABSL_GUARDED_BY(mutex);
};

Registry::Registry() : families_(std::make_unique<Families>()) {}
Registry::~Registry() = default;

Counter& Registry::AddCounter(const std::string& name, const std::string& help,
                              const Labels& labels) {
  absl::MutexLock lock(&families_->mutex);
  std::unique_ptr<Counter>& handle = families_->counters[{name, labels}];
  if (handle == nullptr) {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(
        families_->registry);
    handle.reset(new Counter(&family.Add(labels)));
  }
  return *handle;
}

Gauge& Registry::AddGauge(const std::string& name, const std::string& help,
                          const Labels& labels) {
  absl::MutexLock lock(&families_->mutex);
  std::unique_ptr<Gauge>& handle = families_->gauges[{name, labels}];
  if (handle == nullptr) {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(
        families_->registry);
    handle.reset(new Gauge(&family.Add(labels)));
  }
  return *handle;
}

Histogram& Registry::AddHistogram(const std::string& name,
                                  const std::string& help,
                                  const std::vector<double>& bounds,
                                  const Labels& labels) {
  absl::MutexLock lock(&families_->mutex);
  std::unique_ptr<Histogram>& handle = families_->histograms[{name, labels}];
  if (handle == nullptr) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(
        families_->registry);
    handle.reset(new Histogram(&family.Add(labels, bounds)));
  }
  return *handle;
}

void Registry::OnRender(std::function<void()> refresh) {
  absl::MutexLock lock(&families_->mutex);
  families_->refreshers.push_back(std::move(refresh));
}

std::string Registry::Render() {
  std::vector<std::function<void()>> refreshers;
  {
    absl::MutexLock lock(&families_->mutex);
    refreshers = families_->refreshers;
  }
  for (const auto& refresh : refreshers) refresh();
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

std::vector<double> LatencyBounds() {
  return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
          0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30,    100};
}

}  // namespace postern::metrics
