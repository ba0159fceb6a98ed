// recipient_flood: one client that names recipients without end.
//
//   recipient_flood --to 127.0.0.1:2525 [--source 127.9.0.1:0]
//                   [--recipient r@example.com] [--burst 1000]
//
// A session of MAIL and so many RCPTs at once (PIPELINING); when all are
// answered RSET and again; when the server ends the session, a new one. Goes on
// until its standard input ends. Prints "ready" with the first RCPTs, and at
// the end one JSON object: how many RCPTs were sent, accepted and refused, and
// in how many sessions.

#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "tests/bench/arguments.h"
#include "tests/bench/event_loop.h"
#include "tests/bench/smtp_client.h"

namespace postern::bench {
namespace {

struct Options {
  std::string to = "127.0.0.1:2525";
  std::string source = "127.9.0.1:0";
  std::string recipient = "recipient@example.com";
  uint64_t burst = 1000;
};

class Flood : public SmtpClient {
 public:
  Flood(EventLoop& loop, const Options& options)
      : SmtpClient(loop),
        target_(options.to),
        source_(options.source),
        burst_(options.burst) {
    for (uint64_t i = 0; i < burst_; ++i) {
      absl::StrAppend(&recipients_, "RCPT TO:<", options.recipient, ">\r\n");
    }
  }

  void Begin() {
    ++sessions_;
    step_ = Step::kGreeting;
    Open(target_, source_);
  }

  std::string Json() const {
    return absl::StrFormat(
        "{\"sent\": %d, \"accepted\": %d, \"refused\": %d, \"sessions\": %d}",
        sent_, accepted_, refused_, sessions_);
  }

 private:
  enum class Step { kGreeting, kHello, kReset, kMail, kRecipients };

  void OnReply(absl::string_view reply) override {
    if (step_ == Step::kRecipients) return OnRecipient(reply);
    if (reply[0] != '2') return;  // The server closes now.
    switch (step_) {
      case Step::kGreeting:
        return Ask(Step::kHello, "EHLO mail.sender.test\r\n");
      case Step::kHello:
      case Step::kReset:
        return Ask(Step::kMail, "MAIL FROM:<sender@sender.test>\r\n");
      case Step::kMail:
        return NameRecipients();
      case Step::kRecipients:
        return;
    }
  }

  void NameRecipients() {
    if (sent_ == 0) {
      absl::PrintF("ready\n");
      std::fflush(stdout);
    }
    waiting_ = burst_;
    sent_ += burst_;
    Ask(Step::kRecipients, recipients_);
  }

  void OnRecipient(absl::string_view reply) {
    ++(reply[0] == '2' ? accepted_ : refused_);
    if (--waiting_ == 0) Ask(Step::kReset, "RSET\r\n");
  }

  void OnClosed() override { Begin(); }

  void Ask(Step step, absl::string_view what) {
    step_ = step;
    Say(what);
  }

  const Target target_;
  const Target source_;
  const uint64_t burst_;
  std::string recipients_;
  Step step_ = Step::kGreeting;
  uint64_t waiting_ = 0;
  uint64_t sent_ = 0;
  uint64_t accepted_ = 0;
  uint64_t refused_ = 0;
  uint64_t sessions_ = 0;
};

}  // namespace
}  // namespace postern::bench

int main(int argc, char** argv) {
  postern::bench::Options options;
  postern::bench::TakeArguments(argc, argv,
                                {{"--to", &options.to},
                                 {"--source", &options.source},
                                 {"--recipient", &options.recipient},
                                 {"--burst", &options.burst}});
  postern::bench::EventLoop loop;
  postern::bench::Flood flood(loop, options);
  flood.Begin();
  while (!postern::bench::InputHasEnded()) {
    loop.Run([] { return false; }, 0.05);
  }
  absl::PrintF("%s\n", flood.Json());
  return 0;
}
