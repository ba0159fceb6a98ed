// How many commands a second one reactor gets through with a Redis on the same
// machine, asked by many tasks at once.
//
//   client_benchmark [tasks] [seconds]
//
// Starts a Redis of its own. Prints one line for each kind of command, with the
// processor time that it took us: that counts where others use the machine too.

#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "lib/net/drain.h"
#include "lib/redis/client.h"
#include "lib/testing/redis_server.h"

namespace postern::redis {
namespace {

const Script& SightingScript() {
  static const Script script(R"lua(
    local first = redis.call('GET', KEYS[1])
    if first then return first end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return false)lua");
  return script;
}

// The processor time that this process has used, without its children.
double CpuSeconds() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

struct Run {
  Client& client;
  bool is_script;
  std::atomic<bool> is_over = false;
  std::atomic<long> done = 0;
  std::atomic<long> failed = 0;
};

net::Task<absl::StatusOr<Reply>> AskOnce(Run& run, const std::string& key) {
  const net::Deadline deadline = net::Deadline::After(absl::Seconds(1));
  if (run.is_script) {
    const absl::string_view keys[] = {key};
    const absl::string_view args[] = {"1700000000", "60000"};
    return run.client.Run(SightingScript(), keys, args, deadline);
  }
  const absl::string_view get[] = {"GET", key};
  return run.client.Command(get, key, deadline);
}

net::Task<> Work(Run& run, int number) {
  for (long i = 0; !run.is_over; ++i) {
    const std::string key = run.client.MakeKey(absl::StrCat("task", number),
                                               {absl::StrCat(i % 100)});
    const absl::StatusOr<Reply> reply = co_await AskOnce(run, key);
    run.done.fetch_add(1, std::memory_order_relaxed);
    if (!reply.ok()) run.failed.fetch_add(1, std::memory_order_relaxed);
  }
}

void Measure(net::Runtime& runtime, Client& client, bool is_script, int tasks,
             int seconds) {
  Run run = {.client = client, .is_script = is_script};
  net::Drain drain;
  const absl::Time begin = absl::Now();
  const double cpu_begin = CpuSeconds();
  for (int i = 0; i < tasks; ++i) {
    net::Spawn(drain, runtime.reactor(0), Work(run, i));
  }
  absl::SleepFor(absl::Seconds(seconds));
  run.is_over = true;
  drain.AwaitIdle(absl::Seconds(10));
  const double took = absl::ToDoubleSeconds(absl::Now() - begin);
  const double cpu = CpuSeconds() - cpu_begin;
  std::printf("%-8s %d tasks: %8.0f commands/s, %.2f us each, %ld failed\n",
              is_script ? "EVALSHA" : "GET", tasks, run.done / took,
              cpu * 1e6 / run.done, run.failed.load());
}

int Main(int tasks, int seconds) {
  if (!testing::RedisServer::IsInstalled()) {
    std::fprintf(stderr, "%s\n", testing::RedisServer::kMissing);
    return 1;
  }
  const auto server = testing::RedisServer::Start();
  const auto runtime =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  config::v1::Redis config;
  config.add_endpoints(server->endpoint());
  config.mutable_operation_timeout()->set_seconds(1);
  const auto client = Client::Create(config, {.runtime = *runtime,
                                              .resolver = nullptr,
                                              .metrics = nullptr,
                                              .program = "benchmark"})
                          .value();
  Measure(*runtime, *client, /*is_script=*/false, tasks, seconds);
  Measure(*runtime, *client, /*is_script=*/true, tasks, seconds);
  return 0;
}

}  // namespace
}  // namespace postern::redis

int main(int argc, char** argv) {
  const int tasks = argc > 1 ? std::atoi(argv[1]) : 64;
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 3;
  return postern::redis::Main(tasks, seconds);
}
