#include "lib/mail/header.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mail {
namespace {

TEST(HeaderFieldTest, HasTheBytesItWasMadeOf) {
  for (const char* text :
       {"Subject: x\r\n", "Subject:x\r\n", "subject \t:\r\n",
        "a:  b\r\n\tc \r\n", "a::\r\n", "X-Odd!#: \xff\r\n"}) {
    const auto field = HeaderField::Parse(text);
    ASSERT_TRUE(field.has_value()) << text;
    EXPECT_EQ(field->ToString(), text);
  }
}

TEST(HeaderFieldTest, TellsNameFromValue) {
  const auto field = HeaderField::Parse("SubJect \t: a\r\n b\r\n");
  ASSERT_TRUE(field.has_value());
  EXPECT_EQ(field->name, "SubJect");
  EXPECT_EQ(field->gap, " \t");
  EXPECT_EQ(field->value, " a\r\n b");
  EXPECT_TRUE(field->Is("subject"));
  EXPECT_FALSE(field->Is("subject "));
  EXPECT_FALSE(field->Is("Sub"));
}

TEST(HeaderFieldTest, TheLastLineEndMayBeMissing) {
  EXPECT_EQ(HeaderField::Parse("a: b")->value, " b");
  EXPECT_EQ(HeaderField::Parse("a: b\n")->value, " b\n");
}

TEST(HeaderFieldTest, OtherLinesAreNoFields) {
  for (const char* text : {"", "a", ":b", " a: b", "a b: c", "a\r\n : b",
                           "\xc3\xbc: b", "a \r\n"}) {
    EXPECT_EQ(HeaderField::Parse(text), std::nullopt) << text;
    EXPECT_EQ(FieldName(text), "") << text;
  }
}

TEST(HeaderFieldTest, NamesAndValuesAreFoundInLines) {
  EXPECT_EQ(FieldName("Subject \t: x"), "Subject");
  EXPECT_EQ(FieldValue("Subject \t: x"), " x");
  EXPECT_EQ(FieldValue("no colon"), "");
}

TEST(UnfoldedTest, IsOneLine) {
  EXPECT_EQ(Unfolded(" a\r\n b\n\tc \r\n"), "a b\tc");
  EXPECT_EQ(Unfolded("\r\n \r\n"), "");
}

}  // namespace
}  // namespace postern::mail
