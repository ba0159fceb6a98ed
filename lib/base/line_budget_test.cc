#include "lib/base/line_budget.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace postern {
namespace {

TEST(LineBudgetTest, WhatExceedsASecondIsLeftOutAndToldInTheNext) {
  LineBudget budget(3);
  uint64_t left_out = 0;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.Take(100, left_out));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(budget.Take(100, left_out));
  EXPECT_EQ(left_out, 0u);
  EXPECT_TRUE(budget.Take(101, left_out));
  EXPECT_EQ(left_out, 5u);
  EXPECT_TRUE(budget.Take(101, left_out));
  EXPECT_EQ(left_out, 0u);
}

TEST(LineBudgetTest, WithoutALimitEverythingIsLogged) {
  LineBudget budget(3);
  budget.set_limit(0);
  uint64_t left_out = 0;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(budget.Take(100, left_out));
}

}  // namespace
}  // namespace postern
