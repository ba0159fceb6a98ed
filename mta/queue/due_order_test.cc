#include "mta/queue/due_order.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::queue {
namespace {

using ::testing::Eq;
using ::testing::Optional;

constexpr Flow kBulk = {.sender = 1, .destination = 2};
constexpr Flow kJane = {.sender = 3, .destination = 255};

bool Any(Flow) { return true; }
bool NotBulk(Flow flow) { return flow != kBulk; }

TEST(DueOrderTest, GivesWhatIsDueLongestOfAllFlows) {
  DueOrder order;
  order.Add({1}, 30, kBulk);
  order.Add({2}, 20, kJane);
  order.Add({3}, 10, kBulk);
  bool passed_over = false;
  EXPECT_THAT(order.First(9, Any, passed_over), Eq(std::nullopt));
  EXPECT_THAT(order.First(99, Any, passed_over), Optional(QueueId{3}));
  order.Remove({3}, 10, kBulk);
  EXPECT_THAT(order.First(99, Any, passed_over), Optional(QueueId{2}));
  order.Remove({2}, 20, kJane);
  EXPECT_THAT(order.First(99, Any, passed_over), Optional(QueueId{1}));
  EXPECT_FALSE(passed_over);
  EXPECT_EQ(order.size(), 1u);
}

TEST(DueOrderTest, PassesOverAFlowThatMayNotGoOn) {
  DueOrder order;
  for (uint64_t i = 0; i < 1000; ++i) order.Add({i}, 10, kBulk);
  order.Add({5000}, 20, kJane);
  bool passed_over = false;
  EXPECT_THAT(order.First(99, NotBulk, passed_over), Optional(QueueId{5000}));
  EXPECT_TRUE(passed_over);
  order.Remove({5000}, 20, kJane);
  EXPECT_THAT(order.First(99, NotBulk, passed_over), Eq(std::nullopt));
}

TEST(DueOrderTest, TellsWhenToLookAgain) {
  DueOrder order;
  EXPECT_THAT(order.NextAfter(0), Eq(std::nullopt));
  order.Add({1}, 10, kBulk);
  order.Add({2}, 20, kJane);
  EXPECT_THAT(order.NextAfter(0), Optional(10));
  // What is due already and was passed over does not count.
  EXPECT_THAT(order.NextAfter(10), Optional(20));
  EXPECT_THAT(order.NextAfter(20), Eq(std::nullopt));
}

TEST(DueOrderTest, WhatWasNotAddedIsNotRemoved) {
  DueOrder order;
  order.Add({1}, 10, kBulk);
  order.Remove({1}, 11, kBulk);
  order.Remove({1}, 10, kJane);
  EXPECT_EQ(order.size(), 1u);
  order.Remove({1}, 10, kBulk);
  EXPECT_EQ(order.size(), 0u);
  EXPECT_THAT(order.NextAfter(0), Eq(std::nullopt));
}

}  // namespace
}  // namespace postern::mta::queue
