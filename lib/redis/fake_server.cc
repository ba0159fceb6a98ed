#include "lib/redis/fake_server.h"

#include <cassert>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "lib/net/deadline.h"
#include "lib/redis/reply.h"
#include "lib/redis/reply_reader.h"

namespace postern::redis {
namespace {

constexpr size_t kMaxWords = 1000;
constexpr size_t kMaxWordBytes = 1 << 20;

// A command has the form of a reply: an array of strings.
FakeServer::Words WordsOf(const Reply& command) {
  FakeServer::Words words;
  const auto parts = command.Array(1, kMaxWords);
  assert(parts.ok());
  for (const Reply& part : *parts) {
    words.emplace_back(part.String(kMaxWordBytes).value());
  }
  return words;
}

}  // namespace

FakeServer::FakeServer(net::Runtime& runtime, Answerer answerer)
    : answerer_(std::move(answerer)) {
  net::ListenOptions options;
  options.endpoint.host = "127.0.0.1";
  listener_ = net::Listener::Open(runtime, options).value();
  listener_->Serve(drain_, *this);
}

FakeServer::~FakeServer() {
  listener_->Close();
  drain_.Begin();
  drain_.AwaitIdle(absl::Minutes(1));
}

std::vector<std::string> FakeServer::commands() const {
  absl::MutexLock lock(&mutex_);
  return commands_;
}

int FakeServer::connections() const {
  absl::MutexLock lock(&mutex_);
  return connections_;
}

std::string FakeServer::Answer(const Words& command) {
  absl::MutexLock lock(&mutex_);
  if (command.front() == "CLIENT") return "+OK\r\n";
  commands_.push_back(absl::StrJoin(command, " "));
  return answerer_(command);
}

net::Task<> FakeServer::Serve(net::Stream stream) {
  {
    absl::MutexLock lock(&mutex_);
    ++connections_;
  }
  const net::DrainWatch watch(drain_, [&stream] { stream.Interrupt(); });
  const net::Deadline deadline = net::Deadline::After(absl::Minutes(5));
  ReplyReader reader;
  std::string buffer(4096, '\0');
  for (;;) {
    const absl::StatusOr<size_t> n =
        co_await stream.Read(absl::MakeSpan(buffer), deadline);
    if (!n.ok() || *n == 0) co_return;
    if (!reader.Feed({buffer.data(), *n}).ok()) co_return;
    for (;;) {
      const absl::StatusOr<std::optional<Reply>> command = reader.Next();
      if (!command.ok()) co_return;
      if (!command->has_value()) break;
      const std::string answer = Answer(WordsOf(**command));
      if (answer == kHangUp) co_return;
      const absl::Status written = co_await stream.Write(answer, deadline);
      if (!written.ok()) co_return;
    }
  }
}

}  // namespace postern::redis
