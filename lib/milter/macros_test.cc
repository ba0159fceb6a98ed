#include "lib/milter/macros.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::milter {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(MacrosTest, FindsAMacroWithItsBracesAndWithout) {
  Macros macros;
  macros.Set("{auth_type}", "PLAIN");
  macros.Set("i", "4FzQ");
  EXPECT_EQ(macros.Get("auth_type"), "PLAIN");
  EXPECT_EQ(macros.Get("{auth_type}"), "PLAIN");
  EXPECT_EQ(macros.Get("i"), "4FzQ");
}

TEST(MacrosTest, WhatWasNotToldIsEmpty) {
  EXPECT_EQ(Macros().Get("auth_authen"), "");
}

TEST(MacrosTest, ALaterValueTakesThePlaceOfAnEarlierOne) {
  Macros macros;
  macros.Set("rcpt_addr", "a@example.org");
  macros.Set("{rcpt_addr}", "b@example.org");
  EXPECT_THAT(macros.values(), ElementsAre(Pair("rcpt_addr", "b@example.org")));
}

TEST(MacrosTest, MergesWhatALaterStageTells) {
  Macros macros;
  macros.Set("j", "mx.example.org");
  macros.Set("i", "old");
  Macros later;
  later.Set("i", "new");
  later.Set("v", "Postern");
  macros.Merge(later);
  EXPECT_EQ(macros.Get("j"), "mx.example.org");
  EXPECT_EQ(macros.Get("i"), "new");
  EXPECT_EQ(macros.Get("v"), "Postern");
}

TEST(MacrosTest, AreBounded) {
  Macros macros;
  for (size_t i = 0; i < 2 * kMaxMacros; ++i) {
    macros.Set(std::to_string(i), "x");
  }
  EXPECT_EQ(macros.values().size(), kMaxMacros);
}

TEST(MacrosTest, KeepsNamesThatOnlyLookLikeBraces) {
  EXPECT_EQ(Macros::WithoutBraces("{}"), "{}");
  EXPECT_EQ(Macros::WithoutBraces("{a"), "{a");
  EXPECT_EQ(Macros::WithoutBraces("{a}"), "a");
  EXPECT_EQ(Macros::WithoutBraces(""), "");
}

}  // namespace
}  // namespace postern::milter
