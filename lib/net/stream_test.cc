#include "lib/net/stream.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/status_macros.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/endpoint.h"
#include "lib/net/event.h"
#include "lib/net/listener.h"
#include "lib/net/runtime.h"
#include "lib/net/task.h"
#include "lib/testing/status_matchers.h"

namespace postern::net {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;

Deadline Soon() { return Deadline::After(absl::Seconds(30)); }

// Holds the connection open and says nothing until the test ends; or sends
// one text and closes.
class Peer final : public ConnectionHandler {
 public:
  Task<> Serve(Stream stream) override {
    if (!text.empty()) {
      co_await stream.Write(text, Soon());
      co_return;
    }
    co_await end.Wait(Soon());
  }

  std::string text;
  Event end;
};

class StreamTest : public ::testing::Test {
 protected:
  StreamTest() { listener_->Serve(drain_, peer_); }
  ~StreamTest() override {
    peer_.end.Set();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(30)));
  }

  Drain drain_;
  Peer peer_;
  std::unique_ptr<Runtime> runtime_ = Runtime::Create({.reactors = 1}).value();
  std::unique_ptr<Listener> listener_ =
      Listener::Open(*runtime_,
                     {.endpoint = Endpoint::Parse("127.0.0.1:0").value()})
          .value();
};

Task<absl::StatusOr<std::string>> ReadAll(Endpoint endpoint) {
  CO_ASSIGN_OR_RETURN(Stream stream, co_await Connect(endpoint, Soon()));
  std::string all;
  char buffer[4096];
  while (true) {
    CO_ASSIGN_OR_RETURN(const size_t n,
                        co_await stream.Read(absl::MakeSpan(buffer), Soon()));
    if (n == 0) co_return all;
    all.append(buffer, n);
  }
}

TEST_F(StreamTest, CarriesMoreThanTheKernelBuffersAndThenItsEnd) {
  peer_.text = std::string(20 << 20, 'x');
  EXPECT_THAT(runtime_->BlockOn(ReadAll(listener_->endpoint())),
              IsOkAndHolds(peer_.text));
}

Task<absl::Status> ReadWithin(Endpoint endpoint, absl::Duration wait) {
  CO_ASSIGN_OR_RETURN(Stream stream, co_await Connect(endpoint, Soon()));
  char buffer[16];
  const auto first =
      co_await stream.Read(absl::MakeSpan(buffer), Deadline::After(wait));
  const auto second = co_await stream.Read(absl::MakeSpan(buffer), Soon());
  EXPECT_EQ(first.status().code(), second.status().code());
  co_return first.status();
}

TEST_F(StreamTest, AReadEndsAtItsDeadlineAndTheStreamStaysDead) {
  EXPECT_THAT(runtime_->BlockOn(
                  ReadWithin(listener_->endpoint(), absl::Milliseconds(30))),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

Task<absl::Status> WriteWithin(Endpoint endpoint, absl::Duration wait) {
  CO_ASSIGN_OR_RETURN(Stream stream, co_await Connect(endpoint, Soon()));
  const std::string flood(64 << 20, 'x');
  co_return co_await stream.Write(flood, Deadline::After(wait));
}

TEST_F(StreamTest, AWriteThatNobodyReadsEndsAtItsDeadline) {
  EXPECT_THAT(runtime_->BlockOn(
                  WriteWithin(listener_->endpoint(), absl::Milliseconds(30))),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

Task<absl::Status> ReadInterrupted(Endpoint endpoint) {
  CO_ASSIGN_OR_RETURN(Stream stream, co_await Connect(endpoint, Soon()));
  Reactor::Current().Post([&stream] { stream.Interrupt(); });
  char buffer[16];
  const auto n = co_await stream.Read(absl::MakeSpan(buffer), Soon());
  co_return n.status();
}

TEST_F(StreamTest, AnInterruptedReadIsCancelled) {
  EXPECT_THAT(runtime_->BlockOn(ReadInterrupted(listener_->endpoint())),
              StatusIs(absl::StatusCode::kCancelled));
}

Task<absl::Status> TryConnect(Endpoint endpoint) {
  const auto stream = co_await Connect(endpoint, Soon());
  co_return stream.status();
}

TEST_F(StreamTest, ConnectingToNobodyIsRefusedAndSaysWhere) {
  const Endpoint endpoint = listener_->endpoint();
  listener_->Close();
  EXPECT_THAT(runtime_->BlockOn(TryConnect(endpoint)),
              StatusIs(absl::StatusCode::kUnavailable,
                       ::testing::StartsWith(endpoint.ToString() + ": ")));
}

TEST_F(StreamTest, NamesAreNotResolvedHere) {
  Endpoint named;
  named.host = "localhost";
  named.port = 25;
  EXPECT_THAT(runtime_->BlockOn(TryConnect(named)),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

Task<absl::Status> CheckEnds(Endpoint endpoint) {
  CO_ASSIGN_OR_RETURN(const Stream stream, co_await Connect(endpoint, Soon()));
  EXPECT_EQ(stream.peer(), endpoint);
  EXPECT_EQ(stream.peer_address().ToString(), "127.0.0.1");
  EXPECT_NE(stream.local().port, endpoint.port);
  EXPECT_FALSE(stream.is_tls());
  co_return absl::OkStatus();
}

Task<absl::Status> ReadByByte(Endpoint endpoint) {
  CO_ASSIGN_OR_RETURN(Stream stream, co_await Connect(endpoint, Soon()));
  char byte[1];
  CO_ASSIGN_OR_RETURN(size_t n,
                      co_await stream.Read(absl::MakeSpan(byte), Soon()));
  EXPECT_EQ(n, 1u);
  EXPECT_TRUE(stream.HasInput());
  CO_ASSIGN_OR_RETURN(n, co_await stream.Read(absl::MakeSpan(byte), Soon()));
  EXPECT_EQ(n, 1u);
  EXPECT_FALSE(stream.HasInput());
  co_return absl::OkStatus();
}

TEST_F(StreamTest, KnowsWhetherSomethingWaitsToBeRead) {
  peer_.text = "ab";
  EXPECT_THAT(runtime_->BlockOn(ReadByByte(listener_->endpoint())), IsOk());
}

// Waits in vain, and says so.
class Impatient final : public ConnectionHandler {
 public:
  Task<> Serve(Stream stream) override {
    char buffer[16];
    co_await stream.Read(absl::MakeSpan(buffer),
                         Deadline::After(absl::Milliseconds(30)));
    stream.SayLast("bye");
  }
};

TEST_F(StreamTest, LastWordsGoOutAfterADeadline) {
  Impatient impatient;
  Drain drain;
  std::unique_ptr<Listener> listener =
      Listener::Open(*runtime_,
                     {.endpoint = Endpoint::Parse("127.0.0.1:0").value()})
          .value();
  listener->Serve(drain, impatient);
  EXPECT_THAT(runtime_->BlockOn(ReadAll(listener->endpoint())),
              IsOkAndHolds(std::string("bye")));
  EXPECT_TRUE(drain.AwaitIdle(absl::Seconds(30)));
}

TEST_F(StreamTest, KnowsBothEnds) {
  EXPECT_THAT(runtime_->BlockOn(CheckEnds(listener_->endpoint())), IsOk());
}

}  // namespace
}  // namespace postern::net
