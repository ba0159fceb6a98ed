// session_load: how many sessions a second a server greets and ends, and how
// long each takes from the connection to the reply to QUIT.
//
//   session_load --to 127.0.0.1:2525 --sessions 50 --count 10000
//                [--hello 1] [--tls 0] [--resume 0] [--seconds 60]
//
// So many sessions at a time; --hello 0: without EHLO. --tls 1: with a TLS 1.3
// handshake from the first byte; --resume 1: all resume the session of the
// first one that the server let be resumed. Prints one JSON object, `resumed`
// says how many did; exit 1 when a reply was not the wanted one or the time was
// over.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "tests/bench/arguments.h"
#include "tests/bench/event_loop.h"
#include "tests/bench/latency.h"
#include "tests/bench/smtp_client.h"

namespace postern::bench {
namespace {

struct Options {
  std::string to = "127.0.0.1:2525";
  uint64_t sessions = 1;
  uint64_t count = 1000;
  uint64_t hello = 1;
  uint64_t tls = 0;
  uint64_t resume = 0;
  uint64_t seconds = 60;
};

struct Run {
  const Options& options;
  const Target target;
  uint64_t begun = 0;
  uint64_t ended = 0;
  uint64_t resumed = 0;
  std::string wrong = {};  // The first reply that was not the wanted one.
  Latency latency = {};
};

class Session : public SmtpClient {
 public:
  Session(EventLoop& loop, TlsContext* tls, Run& run)
      : SmtpClient(loop, tls), run_(run) {}

  void Begin() {
    if (run_.begun == run_.options.count) return;
    ++run_.begun;
    began_at_ = Now();
    step_ = Step::kGreeting;
    Open(run_.target);
  }

 private:
  enum class Step { kGreeting, kHello, kQuit };

  void OnReply(absl::string_view reply) override {
    if (reply[0] != '2') {
      run_.wrong = std::string(reply);
      return;
    }
    if (step_ == Step::kQuit) return End();
    const bool greets = step_ == Step::kGreeting && run_.options.hello != 0;
    step_ = greets ? Step::kHello : Step::kQuit;
    Say(greets ? "EHLO mail.sender.test\r\n" : "QUIT\r\n");
  }

  void End() {
    ++run_.ended;
    run_.resumed += is_resumed() ? 1 : 0;
    run_.latency.Add(Now() - began_at_);
    Close();
    Begin();
  }

  void OnClosed() override { run_.wrong = "connection closed"; }

  Run& run_;
  Step step_ = Step::kGreeting;
  double began_at_ = 0;
};

int Measure(const Options& options) {
  EventLoop loop;
  TlsContext tls(options.resume != 0);
  Run run{.options = options, .target = Target(options.to)};
  std::vector<std::unique_ptr<Session>> sessions;
  const double start = Now();
  for (uint64_t i = 0; i < options.sessions; ++i) {
    sessions.push_back(std::make_unique<Session>(
        loop, options.tls != 0 ? &tls : nullptr, run));
    sessions.back()->Begin();
  }
  const bool in_time = loop.Run(
      [&run] { return !run.wrong.empty() || run.ended == run.options.count; },
      static_cast<double>(options.seconds));
  const double seconds = Now() - start;
  absl::PrintF(
      "{\"sessions\": %d, \"resumed\": %d, \"seconds\": %.4f, \"rate\": %.1f, "
      "%s, \"generator_cpu\": %.3f}\n",
      run.ended, run.resumed, seconds, static_cast<double>(run.ended) / seconds,
      run.latency.JsonMembers(), CpuSeconds());
  if (!run.wrong.empty()) {
    absl::FPrintF(stderr, "session_load: %s\n", run.wrong);
  }
  return in_time && run.wrong.empty() ? 0 : 1;
}

}  // namespace
}  // namespace postern::bench

int main(int argc, char** argv) {
  postern::bench::Options options;
  postern::bench::TakeArguments(argc, argv,
                                {{"--to", &options.to},
                                 {"--sessions", &options.sessions},
                                 {"--count", &options.count},
                                 {"--hello", &options.hello},
                                 {"--tls", &options.tls},
                                 {"--resume", &options.resume},
                                 {"--seconds", &options.seconds}});
  return postern::bench::Measure(options);
}
