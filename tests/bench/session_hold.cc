// session_hold: opens many sessions and keeps them open, each from an address
// of its own below 127.16.0.0/12, so that no limit of one client counts.
//
//   session_hold --to 127.0.0.1:2525 --count 10000 [--rate 2000]
//                [--waiting 500] [--tls 0] [--drip 0] [--seconds 30]
//
// Opens so many a second (--rate), as long as not so many are unanswered
// (--waiting: what does not fit into a server's backlog may be lost), and says
// EHLO; --tls 1: in TLS 1.3 from the first byte. --drip 1, a slowloris: each
// one sends a command that does not end, a byte a second, once it has been
// greeted, instead of EHLO. Prints a JSON object when all are held, or when
// --seconds are over: `held` were answered and are open, `closed` were closed
// by the server, the others wait. Holds on until its standard input ends and
// prints the same again.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "tests/bench/arguments.h"
#include "tests/bench/event_loop.h"
#include "tests/bench/smtp_client.h"

namespace postern::bench {
namespace {

constexpr uint64_t kTurnsASecond = 20;
// What drips; the x never end.
constexpr absl::string_view kCommand = "NOOP x";

struct Options {
  std::string to = "127.0.0.1:2525";
  uint64_t count = 1000;
  uint64_t rate = 2000;
  uint64_t waiting = 500;
  uint64_t tls = 0;
  uint64_t drip = 0;
  uint64_t seconds = 30;
};

struct Counts {
  uint64_t held = 0;
  uint64_t closed = 0;
};

// Addresses of this machine, another for each number below a million.
Target Source(uint64_t number) {
  return Target(absl::StrCat("127.", 16 + (number >> 16) % 16, ".",
                             (number >> 8) % 256, ".", number % 256, ":0"));
}

class Session : public SmtpClient {
 public:
  Session(EventLoop& loop, TlsContext* tls, bool drips, Counts& counts)
      : SmtpClient(loop, tls), drips_(drips), counts_(counts) {}

  // Sends the next byte of a command, if there is somebody to listen.
  void Drip() {
    if (!is_held_) return;
    Say(kCommand.substr(std::min(dripped_, kCommand.size() - 1), 1));
    ++dripped_;
  }

 private:
  void OnReply(absl::string_view reply) override {
    if (reply[0] != '2') return;  // The server closes now.
    if (!drips_ && !is_greeted_) {
      is_greeted_ = true;
      return Say("EHLO mail.sender.test\r\n");
    }
    is_held_ = true;
    ++counts_.held;
  }

  void OnClosed() override {
    if (is_held_) --counts_.held;
    is_held_ = false;
    ++counts_.closed;
  }

  const bool drips_;
  Counts& counts_;
  bool is_greeted_ = false;
  bool is_held_ = false;
  size_t dripped_ = 0;
};

class Holder {
 public:
  explicit Holder(const Options& options)
      : options_(options), target_(options.to) {}

  void Run() {
    const double deadline = Now() + static_cast<double>(options_.seconds);
    while (counts_.held + counts_.closed < options_.count && Now() < deadline) {
      OpenSome();
      Turn();
    }
    Tell();
    while (!InputHasEnded()) Turn();
    Tell();
  }

 private:
  void OpenSome() {
    const uint64_t some = options_.rate / kTurnsASecond + 1;
    const uint64_t most = std::min(
        options_.count, counts_.held + counts_.closed + options_.waiting);
    for (uint64_t i = 0; i < some && sessions_.size() < most; ++i) {
      const Target source = Source(sessions_.size());
      sessions_.push_back(
          std::make_unique<Session>(loop_, options_.tls != 0 ? &tls_ : nullptr,
                                    options_.drip != 0, counts_));
      sessions_.back()->Open(target_, source);
    }
  }

  void Turn() {
    loop_.Run([] { return false; }, 1.0 / kTurnsASecond);
    ++turns_;
    if (options_.drip == 0) return;
    for (uint64_t i = turns_ % kTurnsASecond; i < sessions_.size();
         i += kTurnsASecond) {
      sessions_[i]->Drip();
    }
  }

  void Tell() const {
    absl::PrintF("{\"opened\": %d, \"held\": %d, \"closed\": %d}\n",
                 sessions_.size(), counts_.held, counts_.closed);
    std::fflush(stdout);
  }

  const Options& options_;
  const Target target_;
  EventLoop loop_;
  TlsContext tls_{/*resumes=*/false};
  Counts counts_;
  uint64_t turns_ = 0;
  std::vector<std::unique_ptr<Session>> sessions_;
};

}  // namespace
}  // namespace postern::bench

int main(int argc, char** argv) {
  postern::bench::Options options;
  postern::bench::TakeArguments(argc, argv,
                                {{"--to", &options.to},
                                 {"--count", &options.count},
                                 {"--rate", &options.rate},
                                 {"--waiting", &options.waiting},
                                 {"--tls", &options.tls},
                                 {"--drip", &options.drip},
                                 {"--seconds", &options.seconds}});
  postern::bench::Holder(options).Run();
  return 0;
}
