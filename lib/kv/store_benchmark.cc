// Measures the store as greylistd uses it: fills it, then reads and rewrites
// random values from several threads, and reports speed, processor time,
// latency and memory.
//
//   store_benchmark DIRECTORY ENTRIES THREADS SECONDS [MISS_PERCENT]
//
// A directory that is already filled is used as it is. MISS_PERCENT of the
// updates are to keys that were never seen.

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/base/clock.h"
#include "lib/kv/store.h"

namespace postern::kv {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr absl::Duration kLifetime = absl::Hours(24 * 35);

struct Load {
  uint64_t entries = 0;
  int threads = 1;
  double seconds = 0;
  uint64_t miss_percent = 0;
};

// Counts of latencies in classes that grow by a sixteenth.
class Latencies {
 public:
  void Add(double microseconds) {
    const double step = 16 * std::log2(std::max(microseconds * 16, 1.0));
    ++counts_[std::min<size_t>(step, counts_.size() - 1)];
  }

  void Add(const Latencies& other) {
    for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  }

  // Returns the microseconds that `share` of all stayed under.
  double Quantile(double share) const {
    uint64_t left =
        share * std::accumulate(counts_.begin(), counts_.end(), uint64_t{0});
    size_t i = 0;
    while (i + 1 < counts_.size() && counts_[i] <= left) left -= counts_[i++];
    return std::exp2((i + 1) / 16.0) / 16;
  }

 private:
  std::array<uint64_t, 512> counts_ = {};
};

struct Result {
  uint64_t updates = 0;
  uint64_t errors = 0;
  Latencies latencies;
};

// Numbers that look random and never repeat (SplitMix64).
uint64_t Mixed(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// A key as long as a hashed triplet's.
std::string Key(uint64_t number) {
  const uint64_t parts[] = {Mixed(number), Mixed(~number)};
  return absl::StrCat(
      "t:", absl::string_view(reinterpret_cast<const char*>(parts), 16));
}

double CpuSeconds() {
  rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

// What /proc says of this process's memory: "RssAnon" (our data), "RssFile"
// (code).
double MemoryMiB(absl::string_view field) {
  std::ifstream status("/proc/self/status");
  std::string name;
  double kib = 0;
  while (status >> name) {
    if (name == absl::StrCat(field, ":")) status >> kib;
  }
  return kib / 1024;
}

void PrintMemory() {
  std::printf("resident  %.1f MiB data, %.1f MiB code\n", MemoryMiB("RssAnon"),
              MemoryMiB("RssFile"));
}

absl::Status UpdateOne(Store& store, const std::string& key,
                       absl::Time expires) {
  const absl::string_view keys[] = {key};
  return store.Update(keys, [&](Found found, Batch& batch) {
    char value[16] = {};
    if (found[0].has_value() && found[0]->value.size() == sizeof(value)) {
      std::memcpy(value, found[0]->value.data(), sizeof(value));
    }
    ++value[0];
    batch.Put(key, absl::string_view(value, sizeof(value)), expires);
  });
}

void Fill(Store& store, uint64_t entries) {
  const absl::Time expires = absl::Now() + kLifetime;
  const SteadyClock::time_point start = SteadyClock::now();
  for (uint64_t i = 0; i < entries; ++i) {
    if (!UpdateOne(store, Key(i), expires).ok()) std::abort();
  }
  const double took =
      std::chrono::duration<double>(SteadyClock::now() - start).count();
  std::printf("filled    %.0f entries/s\n", entries / took);
  PrintMemory();
}

void RunThread(Store& store, const Load& load, uint64_t seed, Result& result) {
  const auto end =
      SteadyClock::now() + std::chrono::duration<double>(load.seconds);
  const absl::Time expires = absl::Now() + kLifetime;
  SteadyClock::time_point before = SteadyClock::now();
  for (uint64_t random = Mixed(seed); before < end; random = Mixed(random)) {
    const bool is_miss = random % 100 < load.miss_percent;
    const uint64_t number =
        is_miss ? load.entries + (random >> 8) : (random >> 8) % load.entries;
    result.errors += !UpdateOne(store, Key(number), expires).ok();
    const SteadyClock::time_point now = SteadyClock::now();
    result.latencies.Add((now - before).count() / 1e3);
    before = now;
    ++result.updates;
  }
}

void Report(const Store& store, const std::vector<Result>& results, double wall,
            double cpu) {
  Result all;
  for (const Result& result : results) {
    all.updates += result.updates;
    all.errors += result.errors;
    all.latencies.Add(result.latencies);
  }
  std::printf("updates   %.0f/s, %.2f us CPU each, %lu errors\n",
              all.updates / wall, cpu * 1e6 / all.updates,
              static_cast<unsigned long>(all.errors));
  std::printf("latency   p50 %.1f us, p99 %.1f us, p99.9 %.1f us\n",
              all.latencies.Quantile(0.5), all.latencies.Quantile(0.99),
              all.latencies.Quantile(0.999));
  const Usage usage = store.usage();
  std::printf("store     %lu entries, %.1f MiB disk, %.1f MiB cache\n",
              static_cast<unsigned long>(usage.entries),
              usage.disk_bytes / 1048576.0, usage.memory_bytes / 1048576.0);
}

int Main(const std::string& directory, const Load& load) {
  auto store = Store::Open({.directory = directory}, Clock::System());
  if (!store.ok()) {
    std::fprintf(stderr, "%s\n", store.status().ToString().c_str());
    return 1;
  }
  if ((*store)->usage().entries == 0) Fill(**store, load.entries);
  std::vector<Result> results(load.threads);
  std::vector<std::thread> threads;
  const double cpu = CpuSeconds();
  const SteadyClock::time_point start = SteadyClock::now();
  for (int i = 0; i < load.threads; ++i) {
    threads.emplace_back(
        [&, i] { RunThread(**store, load, getpid() * 1000 + i, results[i]); });
  }
  for (std::thread& thread : threads) thread.join();
  const double wall =
      std::chrono::duration<double>(SteadyClock::now() - start).count();
  PrintMemory();
  Report(**store, results, wall, CpuSeconds() - cpu);
  return 0;
}

}  // namespace
}  // namespace postern::kv

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr,
                 "usage: %s DIRECTORY ENTRIES THREADS SECONDS [MISS%%]\n",
                 argv[0]);
    return 64;
  }
  const postern::kv::Load load{
      .entries = std::strtoull(argv[2], nullptr, 10),
      .threads = std::atoi(argv[3]),
      .seconds = std::atof(argv[4]),
      .miss_percent = argc > 5 ? std::strtoull(argv[5], nullptr, 10) : 0};
  return postern::kv::Main(argv[1], load);
}
