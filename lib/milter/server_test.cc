// What our engine does besides what engine_test.cc shows of both.

#include "lib/milter/server.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/milter/scripted_filter.h"
#include "lib/milter/test_server_end.h"
#include "lib/net/listener.h"
#include "lib/net/test_certificate.h"
#include "lib/net/test_tls_client.h"
#include "lib/testing/temp_dir.h"

namespace postern::milter {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class ServerTest : public ::testing::Test {
 protected:
  ServerTest()
      : runtime_(net::Runtime::Create({.reactors = 1, .blocking_threads = 1})
                     .value()),
        context_{filter_, meters_} {
    filter_.wanted.add_headers = true;
  }

  ~ServerTest() override {
    if (listener_) listener_->Close();
    end_.reset();
    drain_.Begin();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(20)));
  }

  void Serve(Server::Options options = {}, net::TlsContext* tls = nullptr) {
    server_.emplace(options, context_, drain_, tls);
    listener_ = net::Listener::Open(
                    *runtime_,
                    {.endpoint = net::Endpoint::Parse("127.0.0.1:0").value()})
                    .value();
    listener_->Serve(drain_, *server_);
  }

  // Serves, connects and agrees upon options.
  void Start(Server::Options options = {}) {
    Serve(options);
    end_.emplace(*runtime_, listener_->endpoint());
    EXPECT_THAT(end_->Exchange(OfferOf(6), 1), SizeIs(1));
  }

  static std::string Message() {
    return EnvelopePackets() + MessagePackets() +
           PacketOf(Command::kEndOfMessage);
  }

  ScriptedFilter filter_;
  metrics::Registry metrics_;
  Meters meters_{"testd", metrics_};
  net::Drain drain_;
  std::unique_ptr<net::Runtime> runtime_;
  FilterContext context_;
  std::optional<Server> server_;
  std::unique_ptr<net::Listener> listener_;
  std::optional<TestServerEnd> end_;
};

TEST_F(ServerTest, TakesManyMessagesInOneRead) {
  Start();
  std::string messages;
  for (int i = 0; i < 100; ++i) messages += Message();
  EXPECT_THAT(end_->Exchange(messages, 100), SizeIs(100));
  ASSERT_TRUE(filter_.AwaitSeen(100));
  EXPECT_THAT(metrics_.Render(), HasSubstr("postern_testd_milter_messages_total"
                                           "{outcome=\"accepted\"} 100"));
}

TEST_F(ServerTest, ClosesWithoutAReplyWhatIsNoMilterPacket) {  // MTA-26
  std::string malformed_helo;
  AppendCommand(Command::kHelo, "no end", malformed_helo);
  const struct {
    const char* why;
    std::string packets;
  } cases[] = {
      {"no options first", PacketOf(Command::kConnect)},
      {"SMTP", "EHLO example.org\r\n"},
      {"a length of zero", std::string(4, '\0')},
      {"a length beyond all bounds", "\xff\xff\xff\xff"},
      {"an old version",
       std::string("\0\0\0\x0dO\0\0\0\1\0\0\0\0\0\0\0\0", 17)},
  };
  Serve();
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    end_.emplace(*runtime_, listener_->endpoint());
    end_->Exchange(c.packets, 0);
    EXPECT_TRUE(end_->IsClosed());
  }
  for (const std::string& packet :
       {std::string("\0\0\0\1Z", 5), malformed_helo}) {
    end_.emplace(*runtime_, listener_->endpoint());
    EXPECT_THAT(end_->Exchange(OfferOf(6) + packet, 1), SizeIs(1));
    EXPECT_TRUE(end_->IsClosed());
  }
  EXPECT_EQ(meters_.malformed.Value(), 7);
}

TEST_F(ServerTest, ForgetsAMessageWhoseServerIsGone) {
  Start();
  end_->Exchange(EnvelopePackets() + MessagePackets(), 0);
  end_.reset();
  ASSERT_TRUE(filter_.AwaitSeen(1));
  EXPECT_FALSE(filter_.seen()[0].is_finished);
}

TEST_F(ServerTest, ClosesAConnectionOnWhichNothingIsSaid) {
  Start({.idle_timeout = absl::Milliseconds(50)});
  EXPECT_TRUE(end_->IsClosed());
}

TEST_F(ServerTest, DoesNotWaitForeverForTheRestOfAPacket) {
  Start({.message_timeout = absl::Milliseconds(50)});
  end_->Exchange(PacketOf(Command::kEndOfHeader).substr(0, 3), 0);
  EXPECT_TRUE(end_->IsClosed());
}

TEST_F(ServerTest, DoesNotWaitForeverForTheFilter) {
  context_.on_failure = config::v1::MilterServer::FAILURE_TEMPFAIL;
  Start({.message_timeout = absl::Milliseconds(50)});
  net::Event never;
  filter_.finish_when = &never;
  EXPECT_THAT(end_->Finish(Message()), ElementsAre(Answer{'t'}));
}

TEST_F(ServerTest, ClosesAnOldConnectionOnlyBetweenTwoClients) {
  Start({.max_connection_age = absl::ZeroDuration()});
  EXPECT_THAT(end_->Finish(Message()), ElementsAre(kContinue));
  EXPECT_THAT(end_->Finish(Message()), ElementsAre(kContinue));
  end_->Exchange(PacketOf(Command::kQuitNewConnection), 0);
  EXPECT_TRUE(end_->IsClosed());
}

TEST_F(ServerTest, ClosesIdleConnectionsWhenDraining) {
  Start();
  EXPECT_THAT(end_->Finish(Message()), ElementsAre(kContinue));
  drain_.Begin();
  EXPECT_TRUE(end_->IsClosed());
}

TEST_F(ServerTest, FinishesAMessageThatHasBegunWhenDraining) {
  // The answer to DATA shows that the envelope is there.
  filter_.wanted.may_decline = true;
  Serve();
  end_.emplace(*runtime_, listener_->endpoint());
  EXPECT_THAT(end_->Exchange(
                  OfferOf(6) + EnvelopePackets() + PacketOf(Command::kData), 2),
              SizeIs(2));
  drain_.Begin();
  EXPECT_THAT(end_->Finish(MessagePackets() + PacketOf(Command::kEndOfMessage)),
              ElementsAre(kContinue));
  EXPECT_TRUE(end_->IsClosed());
}

TEST_F(ServerTest, SpeaksTlsFromTheFirstByteWhereItIsConfigured) {
  const testing::TempDir dir;
  const net::TestCertificate identity =
      net::MakeTestCertificate("filter.example.org");
  ASSERT_TRUE(
      WriteFile(dir.path() + "/chain.pem", identity.key + identity.certificate)
          .ok());
  const std::unique_ptr<net::TlsContext> tls =
      net::TlsContext::CreateServer(
          {.chain_files = {dir.path() + "/chain.pem"}})
          .value();
  Serve({}, tls.get());
  net::TestTlsClient client(listener_->endpoint(), {});
  ASSERT_TRUE(client.Handshake());
  client.Send(OfferOf(6));
  EXPECT_EQ(client.Receive().substr(4, 1), "O");
  client.Send(Message());
  EXPECT_EQ(client.Receive(), std::string("\0\0\0\1c", 5));
  client.Send(PacketOf(Command::kQuit));
  EXPECT_EQ(client.Receive(), "");
}

TEST_F(ServerTest, CountsConnections) {
  Start();
  EXPECT_THAT(end_->Finish(Message()), ElementsAre(kContinue));
  const std::string text = metrics_.Render();
  EXPECT_THAT(text, HasSubstr("postern_testd_milter_connections_total 1"));
  EXPECT_THAT(text, HasSubstr("postern_testd_milter_connections 1"));
  EXPECT_THAT(text, HasSubstr("postern_testd_milter_message_seconds_count 1"));
}

}  // namespace
}  // namespace postern::milter
