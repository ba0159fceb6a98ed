#include "greylistd/patterns.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::greylistd {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;

TEST(PatternsTest, AnyOneOfThemMayMatchAnywhereInAnyCase) {
  Patterns patterns;
  ASSERT_THAT(patterns.Add("^mx[0-9]+\\."), IsOk());
  ASSERT_THAT(patterns.Add("relay"), IsOk());
  ASSERT_THAT(patterns.Compile(), IsOk());
  EXPECT_TRUE(patterns.Matches("MX17.example.org"));
  EXPECT_TRUE(patterns.Matches("a.Relay.example.org"));
  EXPECT_FALSE(patterns.Matches("xmx17.example.org"));
  EXPECT_FALSE(patterns.Matches(""));
}

TEST(PatternsTest, WithoutExpressionsNothingMatches) {
  Patterns patterns;
  ASSERT_THAT(patterns.Compile(), IsOk());
  EXPECT_FALSE(patterns.Matches(""));
}

TEST(PatternsTest, BytesThatAreNoUtf8DoNotMatter) {
  Patterns patterns;
  ASSERT_THAT(patterns.Add("@example"), IsOk());
  ASSERT_THAT(patterns.Compile(), IsOk());
  EXPECT_TRUE(patterns.Matches("\xff\xfe@example.org"));
}

TEST(PatternsTest, WhatRe2DoesNotKnowIsAnError) {
  for (const char* expression : {"(", "a(?=b)", "(a)\\1", "[z-a]"}) {
    SCOPED_TRACE(expression);
    Patterns patterns;
    EXPECT_THAT(patterns.Add(expression),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(PatternsTest, StayTheSameWhenMoved) {
  Patterns patterns;
  ASSERT_THAT(patterns.Add("a"), IsOk());
  ASSERT_THAT(patterns.Compile(), IsOk());
  const Patterns moved = std::move(patterns);
  EXPECT_TRUE(moved.Matches("cat"));
}

}  // namespace
}  // namespace postern::greylistd
