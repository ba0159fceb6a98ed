#include "lib/net/stream_end.h"

#include <memory>
#include <optional>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/listener.h"
#include "lib/net/runtime.h"

namespace postern::net {
namespace {

Deadline Soon() { return Deadline::After(absl::Seconds(20)); }

// Says a word, and closes when it is told anything.
class Greeter final : public ConnectionHandler {
 public:
  Task<> Serve(Stream stream) override {
    char buffer[16];
    (void)co_await stream.Write("x", Soon());
    (void)co_await stream.Read(absl::MakeSpan(buffer), Soon());
  }
};

Task<> Talk(Endpoint endpoint) {
  absl::StatusOr<Stream> stream = co_await Connect(endpoint, Soon());
  EXPECT_TRUE(stream.ok());
  EXPECT_FALSE(HasEnded(*stream));
  char buffer[16];
  (void)co_await stream->Read(absl::MakeSpan(buffer), Soon());
  EXPECT_FALSE(HasEnded(*stream));
  (void)co_await stream->Write("y", Soon());
  const Deadline end = Soon();
  while (!HasEnded(*stream) && !end.has_passed()) co_await Yield();
  EXPECT_TRUE(HasEnded(*stream));
  EXPECT_FALSE(stream->HasInput());
}

TEST(StreamEndTest, ShowsThatThePeerHasClosed) {
  const auto runtime =
      Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  Drain drain;
  Greeter greeter;
  const auto listener =
      Listener::Open(*runtime,
                     {.endpoint = Endpoint::Parse("127.0.0.1:0").value()})
          .value();
  listener->Serve(drain, greeter);
  runtime->BlockOn(Talk(listener->endpoint()));
  listener->Close();
  drain.Begin();
  EXPECT_TRUE(drain.AwaitIdle(absl::Seconds(20)));
}

}  // namespace
}  // namespace postern::net
