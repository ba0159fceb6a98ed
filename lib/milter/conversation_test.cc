#include "lib/milter/conversation.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/status_macros.h"
#include "lib/milter/reply.h"
#include "lib/milter/scripted_filter.h"
#include "lib/milter/server.h"
#include "lib/net/listener.h"
#include "lib/testing/status_matchers.h"

namespace postern::milter {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

net::Deadline Soon() { return net::Deadline::After(absl::Seconds(20)); }

// A filter that does not keep to the protocol: for each read it answers with
// the next text, and closes after the last one.
class RoughFilter final : public net::ConnectionHandler {
 public:
  std::vector<std::string> answers;
  bool stays_open = false;

  net::Task<> Serve(net::Stream stream) override {
    char buffer[65536];
    for (const std::string& answer : answers) {
      const absl::StatusOr<size_t> bytes =
          co_await stream.Read(absl::MakeSpan(buffer), Soon());
      if (!bytes.ok() || *bytes == 0) co_return;
      const absl::Status written = co_await stream.Write(answer, Soon());
      if (!written.ok()) co_return;
    }
    if (stays_open) (void)co_await stream.Read(absl::MakeSpan(buffer), Soon());
  }
};

// What a filter answers that wants everything and is silent until the end.
std::string SilentOptions() {
  std::string packet;
  AppendOptions({6, kAllActions,
                 kSilentConnect | kSilentHelo | kSilentSender |
                     kSilentRecipient | kSilentData | kSilentHeader |
                     kSilentEndOfHeader | kSilentBody | kLeadingSpace},
                packet);
  return packet;
}

std::string PacketWith(char letter, absl::string_view body = "") {
  std::string packet;
  AppendPacket(letter, {body}, packet);
  return packet;
}

class ConversationTest : public ::testing::Test {
 protected:
  ConversationTest()
      : runtime_(net::Runtime::Create({.reactors = 1, .blocking_threads = 1})
                     .value()),
        context_{filter_, meters_},
        server_({}, context_, drain_) {
    known_.Set("i", "4FzQ");
    known_.Set("j", "mx.example.org");
  }

  ~ConversationTest() override {
    if (listener_) listener_->Close();
    runtime_->BlockOn(Close());
    drain_.Begin();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(20)));
  }

  void Listen(net::ConnectionHandler& handler) {
    listener_ = net::Listener::Open(
                    *runtime_,
                    {.endpoint = net::Endpoint::Parse("127.0.0.1:0").value()})
                    .value();
    listener_->Serve(drain_, handler);
  }

  absl::Status Open() { return runtime_->BlockOn(DoOpen()); }
  net::Task<absl::Status> DoOpen() {
    CO_ASSIGN_OR_RETURN(net::Stream stream,
                        co_await net::Connect(listener_->endpoint(), Soon()));
    Conversation::Options options = options_;
    CO_ASSIGN_OR_RETURN(filter_end_, co_await Conversation::Open(
                                         std::move(stream), options, Soon()));
    co_return absl::OkStatus();
  }
  net::Task<> Close() {
    filter_end_.reset();
    co_return;
  }

  // One whole message; the verdicts before the end must be to go on.
  absl::StatusOr<Changes> Deliver() { return runtime_->BlockOn(DoDeliver()); }
  net::Task<absl::StatusOr<Changes>> DoDeliver() {
    CO_RETURN_IF_ERROR(co_await DoEnvelope());
    for (const auto& [name, value] :
         {std::pair("From", " a@example.net"), std::pair("Subject", " s")}) {
      const absl::StatusOr<Verdict> verdict =
          co_await filter_end_->Header(name, value, Soon());
      CO_RETURN_IF_ERROR(verdict.status());
    }
    const absl::StatusOr<Verdict> end =
        co_await filter_end_->EndOfHeader(known_, Soon());
    CO_RETURN_IF_ERROR(end.status());
    for (absl::string_view rest = body_; !rest.empty();) {
      const absl::string_view piece = rest.substr(0, piece_bytes_);
      const absl::StatusOr<Verdict> body =
          co_await filter_end_->Body(piece, Soon());
      CO_RETURN_IF_ERROR(body.status());
      rest.remove_prefix(piece.size());
    }
    absl::StatusOr<Changes> changes =
        co_await filter_end_->EndOfMessage(known_, Soon());
    filter_end_->EndMessage();
    co_return changes;
  }
  net::Task<absl::Status> DoEnvelope() {
    const ConnectCommand client{"mail.example.net"};
    const Path sender{"a@example.net", {"SIZE=100"}, {}};
    const Path recipient{"b@example.org", {}, {}};
    absl::StatusOr<Verdict> verdict =
        co_await filter_end_->Connect(client, known_, Soon());
    CO_RETURN_IF_ERROR(verdict.status());
    verdict = co_await filter_end_->Helo("mail.example.net", known_, Soon());
    CO_RETURN_IF_ERROR(verdict.status());
    verdict = co_await filter_end_->Sender(sender, known_, Soon());
    CO_RETURN_IF_ERROR(verdict.status());
    verdict = co_await filter_end_->Recipient(recipient, known_, Soon());
    CO_RETURN_IF_ERROR(verdict.status());
    verdict = co_await filter_end_->Data(known_, Soon());
    co_return verdict.status();
  }
  bool EndClient() { return filter_end_->EndClient(); }

  ScriptedFilter filter_;
  RoughFilter rough_;
  metrics::Registry metrics_;
  Meters meters_{"testd", metrics_};
  net::Drain drain_;
  std::unique_ptr<net::Runtime> runtime_;
  FilterContext context_;
  Server server_;
  std::unique_ptr<net::Listener> listener_;
  Conversation::Options options_;
  std::unique_ptr<Conversation> filter_end_;
  Macros known_;
  size_t piece_bytes_ = std::string::npos;
  std::string body_ = "text\r\n";
};

TEST_F(ConversationTest, BringsAMessageToAFilterAndItsChangesBack) {
  filter_.wanted.add_headers = true;
  Changes changes;
  changes.InsertHeader(0, "X-Seen", " yes\r\n\tfolded");
  changes.verdict = Verdict::Reply(550, "5.7.1", "100% no");
  filter_.changes = changes;
  Listen(server_);
  ASSERT_THAT(Open(), IsOk());
  EXPECT_THAT(Deliver(), IsOkAndHolds(changes));
  ASSERT_TRUE(filter_.AwaitSeen(1));
  const ScriptedFilter::Seen seen = filter_.seen()[0];
  EXPECT_EQ(seen.envelope.sender.address, "a@example.net");
  EXPECT_EQ(seen.envelope.queue_id(), "4FzQ");
  EXPECT_THAT(seen.headers, ElementsAre(Pair("From", " a@example.net"),
                                        Pair("Subject", " s")));
  EXPECT_EQ(seen.body, "text\r\n");
}

TEST_F(ConversationTest, ALargeBodyGoesInPieces) {
  filter_.wanted.replace_body = true;
  body_ = std::string(3'000'000, 'x');
  Changes changes;
  changes.ReplaceBody(std::string(1'000'000, 'y'));
  filter_.changes = changes;
  Listen(server_);
  ASSERT_THAT(Open(), IsOk());
  EXPECT_THAT(Deliver(), IsOkAndHolds(changes));
  ASSERT_TRUE(filter_.AwaitSeen(1));
  EXPECT_EQ(filter_.seen()[0].body, body_);
}

TEST_F(ConversationTest, ChunksAreFullWhateverThePieces) {
  body_ = std::string(3 * (kBodyChunkBytes + 1), 'x');
  Listen(server_);
  ASSERT_THAT(Open(), IsOk());
  for (const size_t piece : {kBodyChunkBytes + 1, size_t{1000}}) {
    piece_bytes_ = piece;
    EXPECT_THAT(Deliver(), IsOk());
  }
  ASSERT_TRUE(filter_.AwaitSeen(2));
  for (const ScriptedFilter::Seen& seen : filter_.seen()) {
    EXPECT_EQ(seen.body, body_);
    EXPECT_THAT(seen.chunks, ElementsAre(kBodyChunkBytes, kBodyChunkBytes,
                                         kBodyChunkBytes, 3));
  }
}

TEST_F(ConversationTest, StopsWhereTheFilterWantsNoMoreOfTheBody) {
  filter_.wanted.may_skip_body = true;
  filter_.body_limit = 10;
  body_ = std::string(1'000'000, 'x');
  Listen(server_);
  ASSERT_THAT(Open(), IsOk());
  EXPECT_THAT(Deliver(), IsOk());
  ASSERT_TRUE(filter_.AwaitSeen(1));
  EXPECT_THAT(filter_.seen()[0].body, SizeIs(kBodyChunkBytes));
}

TEST_F(ConversationTest, IsUsedForOneClientAfterTheOther) {
  Listen(server_);
  ASSERT_THAT(Open(), IsOk());
  for (size_t i = 1; i <= 3; ++i) {
    EXPECT_THAT(Deliver(), IsOkAndHolds(Changes()));
    EXPECT_THAT(Deliver(), IsOk());
    EXPECT_TRUE(EndClient());
    EXPECT_FALSE(filter_end_->is_broken());
  }
  EXPECT_EQ(meters_.connections.Value(), 1);
}

TEST_F(ConversationTest, AnOldFilterIsNotKeptForAnotherClient) {
  options_.version = 4;
  Listen(server_);
  ASSERT_THAT(Open(), IsOk());
  EXPECT_THAT(Deliver(), IsOk());
  EXPECT_FALSE(EndClient());
}

TEST_F(ConversationTest, KnowsThatAKeptFilterIsGone) {
  rough_.answers = {SilentOptions(), PacketWith('c')};
  Listen(rough_);
  ASSERT_THAT(Open(), IsOk());
  EXPECT_THAT(Deliver(), IsOk());
  // It closes; that may take a moment to be seen here.
  (void)EndClient();
  while (!filter_end_->is_broken()) runtime_->BlockOn(net::Yield());
  EXPECT_FALSE(EndClient());
}

TEST_F(ConversationTest, MTA28_AFilterThatSpeaksAnotherProtocolIsNone) {
  for (const std::string& answer :
       {std::string("220 smtp.example.org ESMTP\r\n"), PacketWith('c'),
        PacketWith('O', "x"), std::string(4, '\0'),
        std::string("\xff\xff\xff\xff"), std::string()}) {
    rough_.answers = {answer};
    Listen(rough_);
    EXPECT_FALSE(Open().ok());
    listener_->Close();
  }
}

TEST_F(ConversationTest, MTA28_HostileRepliesCommitNothing) {
  const struct {
    const char* why;
    std::string reply;
  } cases[] = {
      {"an unknown reply", PacketWith('Z')},
      {"a code without a NUL", PacketWith('y', "550 no")},
      {"a code that accepts",
       PacketWith('y', absl::string_view("250 ok\0", 7))},
      {"a line end in the text",
       PacketWith('y', absl::string_view("550 a\n250 b\0", 12))},
      {"a change, then garbage",
       PacketWith('h', absl::string_view("X\0v\0", 4)) + PacketWith('Z')},
      {"half a body, then the end", PacketWith('b', "half")},
      {"half a packet", PacketWith('b', "half").substr(0, 7)},
      {"a huge packet", std::string("\x7f\xff\xff\xff"
                                    "b",
                                    5)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    rough_.answers = {SilentOptions(), c.reply};
    Listen(rough_);
    ASSERT_THAT(Open(), IsOk());
    EXPECT_FALSE(Deliver().ok());
    EXPECT_TRUE(filter_end_->is_broken());
    EXPECT_FALSE(EndClient());
    listener_->Close();
  }
}

TEST_F(ConversationTest, MTA28_WhatIsSaidUnaskedEndsTheConversation) {
  rough_.answers = {SilentOptions(), PacketWith('c') + PacketWith('c')};
  rough_.stays_open = true;
  Listen(rough_);
  ASSERT_THAT(Open(), IsOk());
  EXPECT_THAT(Deliver(), IsOk());
  EXPECT_THAT(Deliver(), StatusIs(absl::StatusCode::kInvalidArgument,
                                  HasSubstr("unasked")));
}

TEST_F(ConversationTest, AFilterHasItsTimeAndNoMore) {
  options_.content_timeout = absl::Milliseconds(50);
  net::Event never;
  filter_.finish_when = &never;
  Listen(server_);
  ASSERT_THAT(Open(), IsOk());
  EXPECT_THAT(Deliver(), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(filter_end_->is_broken());
  runtime_->BlockOn(Close());
  never.Set();
}

TEST_F(ConversationTest, MTA28_ProgressIsNotForever) {
  std::string progress;
  for (int i = 0; i < 1100; ++i) progress += PacketWith('p');
  rough_.answers = {SilentOptions(), progress + PacketWith('c')};
  Listen(rough_);
  ASSERT_THAT(Open(), IsOk());
  EXPECT_THAT(Deliver(), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ConversationTest, AFilterInProgressIsWaitedFor) {
  rough_.answers = {SilentOptions(),
                    PacketWith('p') + PacketWith('p') + PacketWith('a')};
  Listen(rough_);
  ASSERT_THAT(Open(), IsOk());
  const absl::StatusOr<Changes> changes = Deliver();
  ASSERT_THAT(changes, IsOk());
  EXPECT_EQ(changes->verdict.kind, Verdict::Kind::kAccept);
}

}  // namespace
}  // namespace postern::milter
