// policy_load: how many policy requests a second a daemon answers, and how
// long each takes.
//
//   policy_load --to 127.0.0.1:10023 --connections 64 --requests 100000
//               [--first 0] [--triplets 1000000] [--seconds 60]
//
// Each connection asks, waits for the answer and asks again, as Postfix does.
// Request number i is about triplet first + i modulo triplets: another client
// network, sender and recipient each, so a run with a new --first is all new
// triplets and a run repeated with the same --first is all known ones.
// Prints one JSON object; exit 1 when the time was over or a connection broke.

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "tests/bench/arguments.h"
#include "tests/bench/event_loop.h"
#include "tests/bench/latency.h"

namespace postern::bench {
namespace {

struct Options {
  std::string to = "127.0.0.1:10023";
  uint64_t connections = 1;
  uint64_t requests = 10'000;
  uint64_t first = 0;
  uint64_t triplets = ~uint64_t{0};
  uint64_t seconds = 60;
};

// The attributes that Postfix 3.7 sends at RCPT. Triplets are spread over
// networks of 24 bits, so that no daemon takes them for one client.
std::string RequestFor(uint64_t triplet, uint64_t instance) {
  const uint64_t network = triplet % 6'000'000;
  const std::string address =
      absl::StrCat(11 + network / 65536, ".", network / 256 % 256, ".",
                   network % 256, ".", 1 + triplet % 250);
  return absl::StrCat(
      "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\n"
      "client_address=",
      address,
      "\nclient_name=unknown\nreverse_client_name=unknown\nclient_port=52341\n"
      "helo_name=mail.sender.test\nsender=u",
      triplet, "@s", triplet % 5000, ".test\nrecipient=r", triplet % 997,
      "@example.org\nrecipient_count=0\nqueue_id=\ninstance=",
      absl::StrFormat("%x.%x.0", getpid(), instance),
      "\nsize=4096\netrn_domain=\nstress=\nsasl_method=\nsasl_username=\n"
      "sasl_sender=\nccert_subject=\nccert_issuer=\nccert_fingerprint=\n"
      "encryption_protocol=\nencryption_cipher=\nencryption_keysize=0\n"
      "policy_context=\nserver_address=127.0.0.1\nserver_port=25\n\n");
}

// What all connections of a run share.
struct Run {
  const Options& options;
  uint64_t asked = 0;
  uint64_t answered = 0;
  bool broken = false;
  Latency latency = {};
  std::map<std::string, uint64_t> actions = {};
};

class Asker : public Connection {
 public:
  Asker(EventLoop& loop, Run& run) : Connection(loop), run_(run) {}

  void Ask() {
    if (run_.asked == run_.options.requests) return;
    const uint64_t number = run_.asked++;
    const Options& options = run_.options;
    const std::string request = RequestFor(
        options.first + number % options.triplets, options.first + number);
    asked_at_ = Now();
    Send(request);
  }

 private:
  void OnData(std::string& input) override {
    if (!absl::EndsWith(input, "\n\n")) return;
    run_.latency.Add(Now() - asked_at_);
    ++run_.answered;
    absl::string_view action(input.data(), input.find_first_of(" \n"));
    absl::ConsumePrefix(&action, "action=");
    ++run_.actions[std::string(action)];
    input.clear();
    Ask();
  }
  void OnClosed() override { run_.broken = true; }

  Run& run_;
  double asked_at_ = 0;
};

void Print(Run& run, double seconds) {
  std::string actions;
  for (const auto& [action, count] : run.actions) {
    absl::StrAppend(&actions, actions.empty() ? "" : ", ", "\"", action,
                    "\": ", count);
  }
  absl::PrintF(
      "{\"requests\": %d, \"seconds\": %.4f, \"rate\": %.1f, %s, "
      "\"generator_cpu\": %.3f, \"actions\": {%s}}\n",
      run.answered, seconds, static_cast<double>(run.answered) / seconds,
      run.latency.JsonMembers(), CpuSeconds(), actions);
}

int Measure(const Options& options) {
  EventLoop loop;
  const Target target(options.to);
  Run run{.options = options};
  std::vector<std::unique_ptr<Asker>> askers;
  for (uint64_t i = 0; i < options.connections; ++i) {
    askers.push_back(std::make_unique<Asker>(loop, run));
    askers.back()->Connect(target);
  }
  const double start = Now();
  for (auto& asker : askers) asker->Ask();
  const bool in_time = loop.Run(
      [&run] { return run.broken || run.answered == run.options.requests; },
      static_cast<double>(options.seconds));
  Print(run, Now() - start);
  return in_time && !run.broken ? 0 : 1;
}

}  // namespace
}  // namespace postern::bench

int main(int argc, char** argv) {
  postern::bench::Options options;
  postern::bench::TakeArguments(argc, argv,
                                {{"--to", &options.to},
                                 {"--connections", &options.connections},
                                 {"--requests", &options.requests},
                                 {"--first", &options.first},
                                 {"--triplets", &options.triplets},
                                 {"--seconds", &options.seconds}});
  return postern::bench::Measure(options);
}
