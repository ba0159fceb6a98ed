// Messages a second that the spool takes in and lets go again, synced.
//
//   spool_benchmark DIRECTORY [WAITERS] [BYTES] [SECONDS]
//
// Prints one line: cycles (commit and removal) a second, syncs a second, CPU
// time a cycle, resident memory.

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "lib/base/clock.h"
#include "lib/metrics/metrics.h"
#include "lib/net/drain.h"
#include "lib/net/runtime.h"
#include "mta/queue/spool.h"
#include "mta/queue/spool_format.h"

namespace postern::mta::queue {
namespace {

struct Load {
  Spool& spool;
  const std::string content;
  net::Drain drain;
  std::atomic<long> cycles = 0;
  std::atomic<long> errors = 0;
};

spool::v1::Envelope BenchmarkEnvelope() {
  spool::v1::Envelope envelope;
  envelope.set_sender("sender@example.org");
  envelope.add_recipients()->set_address("recipient@example.com");
  envelope.set_client_address("127.0.0.1");
  return envelope;
}

net::Task<> Cycle(Load& load) {
  while (!load.drain.has_begun()) {
    const std::unique_ptr<Incoming> incoming = load.spool.Begin();
    absl::Status status = co_await incoming->Append(load.content);
    spool::v1::Envelope envelope = BenchmarkEnvelope();
    if (status.ok()) status = co_await incoming->Commit(std::move(envelope));
    if (status.ok()) {
      Edit edit;
      const auto stored = load.spool.ReadEnvelope(incoming->id());
      edit.Remove(incoming->id(), *stored);
      status = co_await load.spool.Apply(std::move(edit));
    }
    ++(status.ok() ? load.cycles : load.errors);
  }
}

double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec +
                                    usage.ru_stime.tv_usec);
}

long PeakKiB() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

int Run(const std::string& directory, int waiters, size_t bytes, int seconds) {
  metrics::Registry registry;
  auto spool = Spool::Open({.directory = directory}, Clock::System(), registry);
  auto runtime = net::Runtime::Create({});
  if (!spool.ok() || !runtime.ok()) {
    std::fprintf(stderr, "%s\n", spool.status().ToString().c_str());
    return 1;
  }
  Load load{**spool, std::string(bytes, 'x'), {}};
  const double cpu_before = CpuSeconds();
  for (int i = 0; i < waiters; ++i) {
    net::Spawn(load.drain, (*runtime)->NextReactor(), Cycle(load));
  }
  absl::SleepFor(absl::Seconds(seconds));
  load.drain.Begin();
  load.drain.AwaitIdle(absl::Seconds(10));
  const double cpu = CpuSeconds() - cpu_before;
  const double syncs =
      registry.AddCounter("postern_mta_queue_syncs_total", "").Value();
  const double cycles = static_cast<double>(load.cycles);
  std::printf(
      "%d waiters, %zu bytes: %.0f cycles/s, %.0f syncs/s, %.0f us CPU a "
      "cycle, %ld KiB peak, %ld errors\n",
      waiters, bytes, cycles / seconds, syncs / seconds, 1e6 * cpu / cycles,
      PeakKiB(), load.errors.load());
  return load.errors == 0 ? 0 : 1;
}

}  // namespace
}  // namespace postern::mta::queue

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s DIRECTORY [WAITERS] [BYTES] [SECONDS]\n",
                 argv[0]);
    return 64;
  }
  return postern::mta::queue::Run(argv[1], argc > 2 ? std::atoi(argv[2]) : 50,
                                  argc > 3 ? std::atoi(argv[3]) : 4096,
                                  argc > 4 ? std::atoi(argv[4]) : 5);
}
