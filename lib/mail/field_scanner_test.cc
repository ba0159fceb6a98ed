#include "lib/mail/field_scanner.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mail {
namespace {

using ::testing::Eq;
using ::testing::Optional;

TEST(FieldScannerTest, ReadsValuesBetweenSpaceAndComments) {
  FieldScanner scanner(" (a (nested\\)) comment)\r\n\ttoken ; \"a \\\"b\\\"\"");
  ASSERT_TRUE(scanner.SkipSpace());
  EXPECT_THAT(scanner.Value(), Optional(Eq("token")));
  ASSERT_TRUE(scanner.SkipSpace());
  EXPECT_TRUE(scanner.Take(';'));
  EXPECT_FALSE(scanner.Take(';'));
  ASSERT_TRUE(scanner.SkipSpace());
  EXPECT_THAT(scanner.Value(), Optional(Eq("a \"b\"")));
  EXPECT_EQ(scanner.rest(), "");
}

TEST(FieldScannerTest, FoldsInAQuotedStringMeanTheirSpace) {
  EXPECT_THAT(FieldScanner("\"a\r\n b\"").Value(), Optional(Eq("a b")));
}

TEST(FieldScannerTest, WhatIsNotClosedIsNoValue) {
  EXPECT_FALSE(FieldScanner("(no end (nested)").SkipSpace());
  EXPECT_FALSE(FieldScanner("(escaped \\)").SkipSpace());
  EXPECT_EQ(FieldScanner("\"no end").Value(), std::nullopt);
  EXPECT_EQ(FieldScanner("\"no end\\\"").Value(), std::nullopt);
  EXPECT_EQ(FieldScanner("=x").Value(), std::nullopt);
  EXPECT_EQ(FieldScanner("").Value(), std::nullopt);
}

TEST(FieldScannerTest, FROM12DeeplyNestedCommentsAreNoTrouble) {
  const std::string deep =
      std::string(100'000, '(') + std::string(100'000, ')');
  FieldScanner scanner(deep);
  EXPECT_TRUE(scanner.SkipSpace());
  EXPECT_EQ(scanner.rest(), "");
}

}  // namespace
}  // namespace postern::mail
