#include "mta/filters/idle_conversations.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/milter/test_engine.h"

namespace postern::mta::filters {
namespace {

using milter::Conversation;

net::Deadline Soon() { return net::Deadline::After(absl::Seconds(20)); }

class IdleConversationsTest : public ::testing::Test {
 protected:
  ~IdleConversationsTest() override {
    OnReactor([&] { idle_->Clear(); });
    drain_.Begin();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(20)));
  }

  void Make(IdleConversations::Limits limits) {
    idle_ = std::make_shared<IdleConversations>(drain_, limits);
  }
  void OnReactor(const std::function<void()>& call) {
    runtime_->BlockOn(Called(call));
  }
  static net::Task<> Called(const std::function<void()>& call) {
    call();
    co_return;
  }

  // A connection that has had a client, who is gone.
  std::unique_ptr<Conversation> Used() { return runtime_->BlockOn(Use()); }
  net::Task<std::unique_ptr<Conversation>> Use() {
    auto stream = co_await net::Connect(engine_.endpoint, Soon());
    Conversation::Options options;
    auto filter = co_await Conversation::Open(*std::move(stream),
                                              std::move(options), Soon());
    const milter::Macros none;
    (void)co_await (*filter)->Connect({"c.example.net"}, none, Soon());
    EXPECT_TRUE((*filter)->EndClient());
    co_return *std::move(filter);
  }
  std::unique_ptr<Conversation> Take(const net::Endpoint& where) {
    std::unique_ptr<Conversation> taken;
    OnReactor([&] { taken = idle_->Take(where); });
    return taken;
  }
  void Put(const net::Endpoint& where, std::unique_ptr<Conversation> one) {
    OnReactor([&] { idle_->Put(where, std::move(one)); });
  }
  // Waits until so many connections are open at the filter's end.
  void AwaitOpen(double number) {
    const net::Deadline end = Soon();
    while (engine_.meters.open_connections.Value() != number &&
           !end.has_passed()) {
      runtime_->BlockOn(net::Yield());
    }
    EXPECT_EQ(engine_.meters.open_connections.Value(), number);
  }

  milter::TestEngine engine_{config::v1::MilterServer::ENGINE_POSTERN};
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  net::Drain drain_;
  std::shared_ptr<IdleConversations> idle_;
};

TEST_F(IdleConversationsTest, TheOneUsedLastIsTakenFirst) {
  Make({});
  const net::Endpoint& where = engine_.endpoint;
  EXPECT_EQ(Take(where), nullptr);
  std::vector<std::unique_ptr<Conversation>> all;
  for (int i = 0; i < 2; ++i) all.push_back(Used());
  const Conversation* const last = all[1].get();
  for (auto& one : all) Put(where, std::move(one));
  const std::unique_ptr<Conversation> taken = Take(where);
  EXPECT_EQ(taken.get(), last);
  EXPECT_TRUE(taken->has_unsent()) << "goes with the next client";
  EXPECT_EQ(Take(net::Endpoint::Parse("unix:/elsewhere").value()), nullptr);
}

TEST_F(IdleConversationsTest, TheGoodByeGoesAloneInTheEnd) {
  Make({.good_bye_after = absl::Milliseconds(10)});
  const net::Endpoint& where = engine_.endpoint;
  std::unique_ptr<Conversation> one = Used();
  const net::Deadline end = Soon();
  while (one == nullptr || one->has_unsent()) {
    ASSERT_FALSE(end.has_passed());
    if (one != nullptr) Put(where, std::move(one));
    runtime_->BlockOn(net::Yield());
    one = Take(where);
  }
  EXPECT_FALSE(one->is_broken());
}

TEST_F(IdleConversationsTest, NoneIsKeptForLong) {
  Make({.idle_time = absl::ZeroDuration(),
        .good_bye_after = absl::Milliseconds(10)});
  Put(engine_.endpoint, Used());
  AwaitOpen(0);
  EXPECT_EQ(Take(engine_.endpoint), nullptr);
}

TEST_F(IdleConversationsTest, OnlySoManyAreKept) {
  Make({.to_each_address = 2});
  for (int i = 0; i < 3; ++i) Put(engine_.endpoint, Used());
  AwaitOpen(2);
}

TEST_F(IdleConversationsTest, ThoseToAnAddressThatIsNoMoreAreClosed) {
  Make({});
  const net::Endpoint old = net::Endpoint::Parse("unix:/gone").value();
  Put(old, Used());
  Put(engine_.endpoint, Used());
  OnReactor([&] { idle_->KeepOnly({engine_.endpoint}); });
  AwaitOpen(1);
  EXPECT_EQ(Take(old), nullptr);
  EXPECT_NE(Take(engine_.endpoint), nullptr);
}

TEST_F(IdleConversationsTest, WhenThereIsAnEndAllAreClosed) {
  Make({});
  Put(engine_.endpoint, Used());
  drain_.Begin();
  AwaitOpen(0);
  Put(engine_.endpoint, Used());
  AwaitOpen(0);
}

}  // namespace
}  // namespace postern::mta::filters
