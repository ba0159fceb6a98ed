#include "lib/dkim/message.h"

#include <algorithm>
#include <string>

#include "gtest/gtest.h"

namespace postern::dkim {
namespace {

bool HasStrays(absl::string_view body, size_t step) {
  Message message;
  message.bodies().Want(Canonicalization::kSimple, std::nullopt);
  for (; !body.empty(); body.remove_prefix(std::min(step, body.size()))) {
    message.AddBody(body.substr(0, step));
  }
  return message.has_stray_line_ends();
}

TEST(MessageTest, WhiteSpaceBeforeTheColonIsNoPartOfAName) {
  Message message;
  message.AddField("Subject \t", " x");
  EXPECT_EQ(message.header().At(0).name, "Subject");
  EXPECT_EQ(message.header().At(0).ToString(), "Subject \t: x\r\n");
}

TEST(MessageTest, TheBodyIsForWhoWantsIt) {
  Message message;
  EXPECT_FALSE(message.wants_body());
  message.AddBody("x");
  const size_t hash =
      message.bodies().Want(Canonicalization::kSimple, std::nullopt);
  EXPECT_TRUE(message.wants_body());
  message.AddBody("a\r\n");
  message.Finish();
  EXPECT_EQ(message.bodies().digest(hash), Sha256Of("a\r\n"));
}

TEST(MessageTest, DK13LineEndsThatStandAloneAreSeen) {
  for (const size_t step : {1, 2, 3, 100}) {
    for (const char* body : {"", "a", "a\r\n", "\r\n\r\nb\r\n", "\r\n"}) {
      EXPECT_FALSE(HasStrays(body, step)) << body << step;
    }
    for (const char* body : {"\n", "a\nb\r\n", "a\r\n\nb", "a\rb\r\n",
                             "a\r\r\n", "a\r\n\rb", "\n\r\n", "\r\r\n"}) {
      EXPECT_TRUE(HasStrays(body, step)) << body << step;
    }
  }
}

}  // namespace
}  // namespace postern::dkim
