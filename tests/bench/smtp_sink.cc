// smtp_sink: takes every message and throws it away; tells when the last of
// the expected ones had come.
//
//   smtp_sink --listen 127.0.0.1:2526 --expect 5000 [--seconds 120]
//
// Prints "ready" once it listens, and at the end one JSON object with `last`,
// the time of the last message on the machine's monotonic clock (smtp_load's
// `start` is on the same). Exit 1 when the time was over before.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "tests/bench/event_loop.h"

namespace postern::bench {
namespace {

constexpr absl::string_view kEndOfData = "\r\n.\r\n";

struct Count {
  uint64_t messages = 0;
  double last = 0;
};

class SinkSession : public Connection {
 public:
  SinkSession(EventLoop& loop, Count& count)
      : Connection(loop), count_(count) {}

 private:
  void OnData(std::string& input) override {
    std::string replies;
    while (in_data_ ? TakeData(input, replies) : TakeLine(input, replies)) {
    }
    if (!replies.empty()) Send(replies);
    if (quit_) Close();
  }
  void OnClosed() override {}

  bool TakeLine(std::string& input, std::string& replies) {
    const size_t end = input.find("\r\n");
    if (end == std::string::npos || quit_) return false;
    const absl::string_view line(input.data(), end);
    if (absl::StartsWithIgnoreCase(line, "EHLO")) {
      replies += "250-sink.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n";
    } else if (absl::StartsWithIgnoreCase(line, "DATA")) {
      replies += "354 go\r\n";
      in_data_ = true;
    } else if (absl::StartsWithIgnoreCase(line, "QUIT")) {
      replies += "221 2.0.0 bye\r\n";
      quit_ = true;
    } else {
      replies += "250 2.0.0 ok\r\n";
    }
    input.erase(0, end + 2);
    return true;
  }

  bool TakeData(std::string& input, std::string& replies) {
    const size_t end = input.find(kEndOfData.data(), 0, kEndOfData.size());
    if (end == std::string::npos) {
      // Keep what the end of data could begin with.
      if (input.size() > 4) input.erase(0, input.size() - 4);
      return false;
    }
    input.erase(0, end + kEndOfData.size());
    in_data_ = false;
    ++count_.messages;
    count_.last = Now();
    replies += "250 2.0.0 kept\r\n";
    return true;
  }

  Count& count_;
  bool in_data_ = false;
  bool quit_ = false;
};

int Serve(const std::string& listen, uint64_t expect, uint64_t seconds) {
  EventLoop loop;
  Count count;
  std::vector<std::unique_ptr<SinkSession>> sessions;
  loop.Listen(Target(listen), [&](int fd) {
    sessions.push_back(std::make_unique<SinkSession>(loop, count));
    sessions.back()->Adopt(fd);
    sessions.back()->Send("220 sink.test ESMTP\r\n");
  });
  absl::PrintF("ready\n");
  std::fflush(stdout);
  const bool in_time = loop.Run([&] { return count.messages >= expect; },
                                static_cast<double>(seconds));
  absl::PrintF("{\"messages\": %d, \"last\": %.6f}\n", count.messages,
               count.last);
  return in_time ? 0 : 1;
}

int Main(int argc, char** argv) {
  std::map<std::string, std::string> options = {
      {"--listen", "127.0.0.1:2526"}, {"--expect", "1"}, {"--seconds", "120"}};
  for (int i = 1; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
  uint64_t expect = 0;
  uint64_t seconds = 0;
  if (options.size() != 3 || !absl::SimpleAtoi(options["--expect"], &expect) ||
      !absl::SimpleAtoi(options["--seconds"], &seconds)) {
    absl::FPrintF(stderr, "smtp_sink: wrong options\n");
    return 64;
  }
  return Serve(options["--listen"], expect, seconds);
}

}  // namespace
}  // namespace postern::bench

int main(int argc, char** argv) { return postern::bench::Main(argc, argv); }
