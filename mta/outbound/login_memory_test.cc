#include "mta/outbound/login_memory.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mta/outbound/outcome.h"

namespace postern::mta::outbound {
namespace {

const sasl::Login kJean = {"jean", "wrong"};

TEST(LoginMemoryTest, EachLoginHasItsOwnNumber) {
  LoginMemory memory(absl::Hours(1));
  const uint64_t jean = memory.NumberOf(kJean);
  EXPECT_EQ(memory.NumberOf(kJean), jean);
  EXPECT_NE(memory.NumberOf({"jean", "right"}), jean);
  EXPECT_NE(memory.NumberOf({"sophie", "wrong"}), jean);
}

TEST(LoginMemoryTest, ANumberIsNeverGivenAgain) {
  LoginMemory memory(absl::Hours(1));
  uint64_t last = 0;
  for (size_t i = 0; i < LoginMemory::kMostLogins + 10; ++i) {
    const uint64_t number = memory.NumberOf({absl::StrCat("u", i), "x"});
    EXPECT_GT(number, last);
    last = number;
  }
}

TEST(LoginMemoryTest, WhatOneHostRefusedIsNothingToOthers) {
  LoginMemory memory(absl::Hours(1));
  EXPECT_FALSE(memory.Refused(kJean, "mx").has_value());
  memory.NoteRefused(kJean, "mx", Deferred(Cause::kAuth, "4.7.8", "wrong"));
  ASSERT_TRUE(memory.Refused(kJean, "mx").has_value());
  EXPECT_EQ(memory.Refused(kJean, "mx")->status, "4.7.8");
  EXPECT_FALSE(memory.Refused(kJean, "other").has_value());
  EXPECT_FALSE(memory.Refused({"jean", "right"}, "mx").has_value());
}

TEST(LoginMemoryTest, ItIsForgottenAfterAWhile) {
  LoginMemory none(absl::ZeroDuration());
  none.NoteRefused(kJean, "mx", Deferred(Cause::kAuth, "4.7.8", "wrong"));
  EXPECT_FALSE(none.Refused(kJean, "mx").has_value());
  LoginMemory brief(absl::Nanoseconds(1));
  brief.NoteRefused(kJean, "mx", Deferred(Cause::kAuth, "4.7.8", "wrong"));
  EXPECT_FALSE(brief.Refused(kJean, "mx").has_value());
}

}  // namespace
}  // namespace postern::mta::outbound
