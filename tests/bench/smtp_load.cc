// smtp_load: how many messages a second a server accepts, and how long each
// takes from MAIL to the reply after the end of data.
//
//   smtp_load --to 127.0.0.1:2525 --sessions 50 --messages 5000 --size 4096
//             [--reuse 1] [--recipient r@example.com] [--seconds 60]
//
// Each session sends one message and quits (--reuse: so many), then connects
// again, without pipelining, as smtp-source(1) does. Prints one JSON object;
// exit 1 when a reply was not the wanted one or the time was over.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
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
  std::string recipient = "recipient@example.com";
  std::string sender = "sender@sender.test";
  uint64_t sessions = 1;
  uint64_t messages = 1000;
  uint64_t size = 4096;
  uint64_t reuse = 1;
  uint64_t seconds = 60;
};

// A message of about `size` bytes with the end of data behind it.
std::string Letter(const Options& options) {
  std::string letter =
      absl::StrCat("From: <", options.sender, ">\r\nTo: <", options.recipient,
                   ">\r\nSubject: a message of the load generator\r\n"
                   "Date: Mon, 24 Nov 2025 10:00:00 +0000\r\n"
                   "Message-ID: <load@sender.test>\r\nMIME-Version: 1.0\r\n"
                   "Content-Type: text/plain; charset=us-ascii\r\n\r\n");
  const std::string line(70, 'm');
  while (letter.size() + line.size() + 2 < options.size) {
    absl::StrAppend(&letter, line, "\r\n");
  }
  return letter + ".\r\n";
}

struct Run {
  const Options& options;
  const std::string letter;
  uint64_t begun = 0;
  uint64_t accepted = 0;
  std::string wrong = {};  // The first reply that was not the wanted one.
  Latency latency = {};
};

class Session : public SmtpClient {
 public:
  Session(EventLoop& loop, Run& run, const Target& target)
      : SmtpClient(loop), run_(run), target_(target) {}

  void Begin() {
    if (run_.begun == run_.options.messages) return;
    step_ = Step::kBanner;
    sent_here_ = 0;
    Open(target_);
    TakeMessage();
  }

 private:
  enum class Step { kBanner, kHello, kMail, kRcpt, kData, kEnd, kQuit };

  void TakeMessage() {
    ++run_.begun;
    ++sent_here_;
  }

  void OnReply(absl::string_view reply) override {
    const char wanted = step_ == Step::kData ? '3' : '2';
    if (reply[0] != wanted) {
      run_.wrong = std::string(reply);
      return;
    }
    switch (step_) {
      case Step::kBanner:
        return Ask(Step::kHello, "EHLO mail.sender.test\r\n");
      case Step::kHello:
        return Mail();
      case Step::kMail:
        return Ask(Step::kRcpt,
                   absl::StrCat("RCPT TO:<", run_.options.recipient, ">\r\n"));
      case Step::kRcpt:
        return Ask(Step::kData, "DATA\r\n");
      case Step::kData:
        return Ask(Step::kEnd, run_.letter);
      case Step::kEnd:
        return Accepted();
      case Step::kQuit:
        Close();
        return Begin();
    }
  }

  void Mail() {
    began_at_ = Now();
    Ask(Step::kMail, absl::StrCat("MAIL FROM:<", run_.options.sender, ">\r\n"));
  }

  void Accepted() {
    ++run_.accepted;
    run_.latency.Add(Now() - began_at_);
    const bool more =
        sent_here_ < run_.options.reuse && run_.begun < run_.options.messages;
    if (!more) return Ask(Step::kQuit, "QUIT\r\n");
    TakeMessage();
    Mail();
  }

  void Ask(Step step, absl::string_view what) {
    step_ = step;
    Say(what);
  }

  void OnClosed() override {
    if (step_ == Step::kQuit) return Begin();
    run_.wrong = "connection closed";
  }

  Run& run_;
  const Target& target_;
  Step step_ = Step::kBanner;
  uint64_t sent_here_ = 0;
  double began_at_ = 0;
};

int Measure(const Options& options) {
  EventLoop loop;
  const Target target(options.to);
  Run run{.options = options, .letter = Letter(options)};
  std::vector<std::unique_ptr<Session>> sessions;
  const double start = Now();
  for (uint64_t i = 0; i < options.sessions; ++i) {
    sessions.push_back(std::make_unique<Session>(loop, run, target));
    sessions.back()->Begin();
  }
  const bool in_time = loop.Run(
      [&run] {
        return !run.wrong.empty() || run.accepted == run.options.messages;
      },
      static_cast<double>(options.seconds));
  const double seconds = Now() - start;
  absl::PrintF(
      "{\"messages\": %d, \"start\": %.6f, \"seconds\": %.4f, \"rate\": %.1f, "
      "%s, \"generator_cpu\": %.3f}\n",
      run.accepted, start, seconds, static_cast<double>(run.accepted) / seconds,
      run.latency.JsonMembers(), CpuSeconds());
  if (!run.wrong.empty()) absl::FPrintF(stderr, "smtp_load: %s\n", run.wrong);
  return in_time && run.wrong.empty() ? 0 : 1;
}

}  // namespace
}  // namespace postern::bench

int main(int argc, char** argv) {
  postern::bench::Options options;
  postern::bench::TakeArguments(argc, argv,
                                {{"--sessions", &options.sessions},
                                 {"--messages", &options.messages},
                                 {"--size", &options.size},
                                 {"--reuse", &options.reuse},
                                 {"--seconds", &options.seconds},
                                 {"--to", &options.to},
                                 {"--recipient", &options.recipient},
                                 {"--sender", &options.sender}});
  return postern::bench::Measure(options);
}
