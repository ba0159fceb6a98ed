#include "mta/restrictions/action_reply.h"

#include "gtest/gtest.h"

namespace postern::mta::restrictions {
namespace {

TEST(ActionReplyTest, TheTextMayBeginWithAStatus) {
  struct Case {
    const char* why;
    int code;
    const char* text;
    const char* want;
  };
  const Case cases[] = {
      {"no text", 554, "", "554 5.7.1 <s>: Sender address rejected: usual"},
      {"a text", 450, "later", "450 4.7.1 <s>: Sender address rejected: later"},
      {"a status", 450, "4.2.0 x", "450 4.2.0 <s>: Sender address rejected: x"},
      {"a status alone", 550, "5.2.1",
       "550 5.2.1 <s>: Sender address rejected: usual"},
      {"the code counts", 550, "4.2.1 x",
       "550 5.2.1 <s>: Sender address rejected: x"},
      {"a success", 550, "2.0.0 x",
       "550 5.0.0 <s>: Sender address rejected: x"},
      {"no status", 550, "5.1 x",
       "550 5.7.1 <s>: Sender address rejected: 5.1 x"},
      {"no class", 550, "3.1.1 x",
       "550 5.7.1 <s>: Sender address rejected: 3.1.1 x"},
  };
  for (const Case& c : cases) {
    const Subject subject = {"s", "Sender address"};
    EXPECT_EQ(ActionReply(c.code, subject, c.text, "usual").ToString(), c.want)
        << c.why;
  }
}

TEST(ActionReplyTest, AStatusAboutAnAddressIsAboutTheSubject) {
  struct Case {
    const char* status;
    const char* sender;
    const char* recipient;
    const char* other;
  };
  const Case cases[] = {
      {"5.1.0", "5.1.0", "5.1.0", "5.0.0"},
      {"5.1.1", "5.1.7", "5.1.1", "5.0.0"},
      {"5.1.2", "5.1.8", "5.1.2", "5.0.0"},
      {"5.1.5", "5.1.0", "5.1.5", "5.0.0"},
      {"5.1.7", "5.1.7", "5.1.3", "5.0.0"},
      {"5.1.8", "5.1.8", "5.1.2", "5.0.0"},
      {"5.1.10", "5.1.0", "5.1.0", "5.0.0"},
      {"5.2.1", "5.2.1", "5.2.1", "5.2.1"},
  };
  for (const Case& c : cases) {
    const auto of = [&](absl::string_view what) {
      return ActionReply(554, {"s", what}, c.status, "usual").status;
    };
    EXPECT_EQ(of("Sender address"), c.sender);
    EXPECT_EQ(of("Recipient address"), c.recipient);
    EXPECT_EQ(of("Helo command"), c.other);
  }
}

TEST(ActionReplyTest, AWholeAddressHasBothParts) {
  EXPECT_TRUE(IsWholeAddress("a@example.org"));
  EXPECT_FALSE(IsWholeAddress("a"));
  EXPECT_FALSE(IsWholeAddress(""));
  EXPECT_FALSE(IsWholeAddress("a@b, c@d"));
  EXPECT_FALSE(IsWholeAddress("@example.org"));
}

}  // namespace
}  // namespace postern::mta::restrictions
