#include "tests/bench/smtp_client.h"

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "lib/testing/temp_dir.h"

namespace postern::bench {
namespace {

// Says what the test wants said and remembers what it hears.
class Server : public Connection {
 public:
  using Connection::Connection;

  std::string heard;

 private:
  void OnData(std::string& input) override {
    heard += input;
    input.clear();
  }
  void OnClosed() override {}
};

class Client : public SmtpClient {
 public:
  Client(EventLoop& loop, TlsContext* tls, const Target& target)
      : SmtpClient(loop, tls), target_(target) {}

  std::vector<std::string> replies;
  bool was_closed = false;
  bool opens_again = false;

 private:
  void OnReply(absl::string_view last_line) override {
    replies.emplace_back(last_line);
    if (!opens_again) return;
    opens_again = false;
    Close();
    Open(target_);
  }
  void OnClosed() override { was_closed = true; }

  const Target& target_;
};

class SmtpClientTest : public ::testing::Test {
 protected:
  SmtpClientTest() : target_(absl::StrCat("unix:", folder_.path(), "/smtp")) {
    loop_.Listen(target_, [this](int fd) {
      servers_.push_back(std::make_unique<Server>(loop_));
      servers_.back()->Adopt(fd);
    });
  }

  void RunUntil(const std::function<bool()>& done) {
    EXPECT_TRUE(loop_.Run(done, 20));
  }

  postern::testing::TempDir folder_;
  EventLoop loop_;
  Target target_;
  std::vector<std::unique_ptr<Server>> servers_;
};

TEST_F(SmtpClientTest, TellsTheLastLineOfEachReply) {
  Client client(loop_, nullptr, target_);
  client.Open(target_);
  RunUntil([&] { return servers_.size() == 1; });
  servers_[0]->Send("220 relay.test\r\n250-relay.test\r\n250-SIZE\r\n250 ");
  RunUntil([&] { return client.replies.size() == 1; });
  servers_[0]->Send("HELP\r\n550 5.1.1 no\r\n");
  RunUntil([&] { return client.replies.size() == 3; });
  EXPECT_EQ(client.replies,
            (std::vector<std::string>{"220 relay.test\r\n", "250 HELP\r\n",
                                      "550 5.1.1 no\r\n"}));
}

TEST_F(SmtpClientTest, SaysCommands) {
  Client client(loop_, nullptr, target_);
  client.Open(target_);
  client.Say("QUIT\r\n");
  RunUntil(
      [&] { return servers_.size() == 1 && servers_[0]->heard == "QUIT\r\n"; });
}

TEST_F(SmtpClientTest, ForgetsWhatAnEarlierConnectionSaid) {
  Client client(loop_, nullptr, target_);
  client.opens_again = true;
  client.Open(target_);
  RunUntil([&] { return servers_.size() == 1; });
  servers_[0]->Send("221 bye\r\n250 late\r\n25");
  RunUntil([&] { return servers_.size() == 2; });
  servers_[1]->Send("220 relay.test\r\n");
  RunUntil([&] { return client.replies.size() == 2; });
  EXPECT_EQ(client.replies[1], "220 relay.test\r\n");
}

TEST_F(SmtpClientTest, IsClosedWhenTheServerSpeaksNoTls) {
  TlsContext tls(false);
  Client client(loop_, &tls, target_);
  client.Open(target_);
  RunUntil([&] { return servers_.size() == 1; });
  servers_[0]->Send("220 relay.test ESMTP\r\n");
  RunUntil([&] { return client.was_closed; });
  EXPECT_FALSE(client.is_open());
  EXPECT_TRUE(client.replies.empty());
}

}  // namespace
}  // namespace postern::bench
