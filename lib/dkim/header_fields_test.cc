#include "lib/dkim/header_fields.h"

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dkim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

HeaderFields Header(const std::vector<std::string>& fields) {
  HeaderFields header;
  for (const std::string& field : fields) {
    header.Add(*mail::HeaderField::Parse(field));
  }
  return header;
}

std::string Signed(const HeaderFields& header, absl::string_view names) {
  std::string text;
  header.AppendSigned(absl::StrSplit(names, ':'), Canonicalization::kSimple,
                      text);
  return text;
}

TEST(HeaderFieldsTest, FieldsKeepTheirBytes) {
  const HeaderFields header = Header({"A \t: x\r\n y", "b:", "C: z "});
  ASSERT_EQ(header.size(), 3u);
  EXPECT_EQ(header.At(0).ToString(), "A \t: x\r\n y\r\n");
  EXPECT_EQ(header.At(1).ToString(), "b:\r\n");
  EXPECT_EQ(header.At(2).ToString(), "C: z \r\n");
}

TEST(HeaderFieldsTest, FieldsAreFoundByTheirNames) {
  const HeaderFields header = Header({"To: 1", "From: 2", "TO: 3"});
  EXPECT_THAT(header.Named("to"), ElementsAre(0, 2));
  EXPECT_THAT(header.Named("FROM"), ElementsAre(1));
  EXPECT_THAT(header.Named("Subject"), IsEmpty());
}

// RFC 6376 section 5.4.2.
TEST(HeaderFieldsTest, ANameMeansTheLastFieldThenTheOneBefore) {
  const HeaderFields header = Header({"A: 1", "B: 2", "a: 3"});
  EXPECT_EQ(Signed(header, "a"), "a: 3\r\n");
  EXPECT_EQ(Signed(header, "B:A:A"), "B: 2\r\na: 3\r\nA: 1\r\n");
  EXPECT_EQ(Signed(header, "A:a:A:A:C"), "a: 3\r\nA: 1\r\n");
}

TEST(HeaderFieldsTest, WhatIsTooLargeIsCut) {
  HeaderFields header(10);
  header.Add({.name = "A", .value = "12345678"});
  EXPECT_FALSE(header.is_cut());
  header.Add({.name = "B", .value = "1"});
  EXPECT_TRUE(header.is_cut());
  header.Add({.name = "C", .value = ""});
  EXPECT_EQ(header.size(), 1u);
}

}  // namespace
}  // namespace postern::dkim
