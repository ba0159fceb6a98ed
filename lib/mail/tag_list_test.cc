#include "lib/mail/tag_list.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mail {
namespace {

using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

TEST(TagListTest, SpaceAndFoldsStandAroundNamesAndValues) {
  const auto list =
      TagList::Parse(" v = 1;\r\n\ta=rsa-sha256 ;b=ab\r\n cd ; c_1=;z==;");
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->tags().size(), 5u);
  EXPECT_EQ(list->Find("v")->value, "1");
  EXPECT_EQ(list->Find("a")->value, "rsa-sha256");
  EXPECT_EQ(list->Find("b")->value, "ab\r\n cd");
  EXPECT_EQ(list->Find("b")->raw, "ab\r\n cd ");
  EXPECT_EQ(list->Find("c_1")->value, "");
  EXPECT_EQ(list->Find("z")->value, "=");
  EXPECT_EQ(list->Find("V"), nullptr);
}

TEST(TagListTest, ValuesMayBeInternational) {
  const auto list = TagList::Parse("d=b\xc3\xbc.example");
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(list->Find("d")->value, "b\xc3\xbc.example");
}

TEST(TagListTest, WhatIsNoListIsAnError) {
  struct Case {
    const char* text;
    const char* error;
  };
  const Case cases[] = {
      {"", "without '='"},
      {" \r\n ", "without '='"},
      {"a", "without '='"},
      {";a=1", "without '='"},
      {"a=1;;b=2", "without '='"},
      {"a=1;;", "without '='"},
      {"=1", "no name"},
      {"1a=1", "no name"},
      {"a b=1", "no name"},
      {"a-b=1", "no name"},
      {"a=1;b=2;a=1", "a= is there twice"},
      {"a=x\001", "a= has a character"},
      {"a=x\x7f", "a= has a character"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(
        TagList::Parse(c.text),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.error)))
        << c.text;
  }
  EXPECT_FALSE(TagList::Parse(absl::string_view("a=x\0y", 5)).ok());
}

TEST(TagListTest, TagsAreBounded) {
  std::string text;
  for (int i = 0; i < 64; ++i) absl::StrAppend(&text, "t", i, "=;");
  EXPECT_TRUE(TagList::Parse(text).ok());
  EXPECT_THAT(TagList::Parse(absl::StrCat(text, "x=")),
              StatusIs(absl::StatusCode::kInvalidArgument, "too many tags"));
}

TEST(ColonSeparatedTest, MembersHaveNoSpaceAroundThem) {
  EXPECT_THAT(ColonSeparated("From : To:\r\n\tSubject"),
              ElementsAre("From", "To", "Subject"));
  EXPECT_THAT(ColonSeparated("a::"), ElementsAre("a", "", ""));
}

TEST(Base64ValueTest, SpaceMayStandAnywhere) {
  EXPECT_THAT(Base64Value("YW\r\n Jj"), Optional(Eq("abc")));
  EXPECT_THAT(Base64Value("YQ = ="), Optional(Eq("a")));
  EXPECT_THAT(Base64Value(""), Optional(Eq("")));
  for (const char* text : {"Y", "YW-j", "YW.j", "=YWI", "YW(c)Jj"}) {
    EXPECT_EQ(Base64Value(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace postern::mail
