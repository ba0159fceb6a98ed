#include "lib/dkim/message_text.h"

#include "gtest/gtest.h"

namespace postern::dkim {
namespace {

TEST(MessageTextTest, TheHeaderGoesToTheMessageAndTheBodyIsLeft) {
  Message message;
  EXPECT_EQ(AddHeader("A: 1\r\n 2\r\nB: 3\r\n\r\nbody\r\n", message),
            "body\r\n");
  ASSERT_EQ(message.header().size(), 2u);
  EXPECT_EQ(message.header().At(0).ToString(), "A: 1\r\n 2\r\n");
}

TEST(MessageTextTest, AMessageMayHaveNoBody) {
  for (const char* text : {"A: 1\r\n\r\n", "A: 1\r\n", "A: 1"}) {
    Message message;
    EXPECT_EQ(AddHeader(text, message), "") << text;
    EXPECT_EQ(message.header().size(), 1u);
  }
}

TEST(MessageTextTest, LinesThatEndWithLfEndWithCrLf) {
  EXPECT_EQ(WithCrlf("a\nb\n"), "a\r\nb\r\n");
  EXPECT_EQ(WithCrlf("a\r\nb\n"), "a\r\nb\n");
  EXPECT_EQ(WithCrlf(""), "");
}

}  // namespace
}  // namespace postern::dkim
