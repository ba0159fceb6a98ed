#include "tests/bench/event_loop.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "lib/testing/temp_dir.h"

namespace postern::bench {
namespace {

// Sends back what it gets; remembers it.
class Echo : public Connection {
 public:
  Echo(EventLoop& loop, bool answers) : Connection(loop), answers_(answers) {}

  std::string got;
  bool closed = false;

 private:
  void OnData(std::string& input) override {
    got += input;
    if (answers_) Send(input);
    input.clear();
  }
  void OnClosed() override { closed = true; }

  const bool answers_;
};

class EventLoopTest : public ::testing::Test {
 protected:
  EventLoopTest() : target_(absl::StrCat("unix:", folder_.path(), "/loop")) {
    loop_.Listen(target_, [this](int fd) {
      servers_.push_back(std::make_unique<Echo>(loop_, true));
      servers_.back()->Adopt(fd);
    });
  }

  postern::testing::TempDir folder_;
  EventLoop loop_;
  Target target_;
  std::vector<std::unique_ptr<Echo>> servers_;
};

TEST_F(EventLoopTest, CarriesMoreThanTheKernelBuffersBothWays) {
  Echo client(loop_, false);
  client.Connect(target_);
  const std::string much(4 << 20, 'x');
  client.Send(much);
  EXPECT_TRUE(loop_.Run([&] { return client.got.size() == much.size(); }, 20));
  EXPECT_EQ(client.got, much);
}

TEST_F(EventLoopTest, TellsWhenTheOtherSideCloses) {
  Echo client(loop_, false);
  client.Connect(target_);
  client.Send("x");
  ASSERT_TRUE(loop_.Run([&] { return !client.got.empty(); }, 20));
  servers_.clear();
  EXPECT_TRUE(loop_.Run([&] { return client.closed; }, 20));
}

TEST_F(EventLoopTest, EndsWhenItsTimeIsOver) {
  EXPECT_FALSE(loop_.Run([] { return false; }, 0.01));
}

TEST(TargetTest, UnderstandsAddressesAndPaths) {
  EXPECT_EQ(Target("127.0.0.1:25").address.ss_family, AF_INET);
  EXPECT_EQ(Target("unix:/tmp/x").address.ss_family, AF_UNIX);
  EXPECT_EXIT(Target("nonsense"), ::testing::ExitedWithCode(2), "nonsense");
}

}  // namespace
}  // namespace postern::bench
