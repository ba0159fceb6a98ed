#include "lib/milter/envelope.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::milter {
namespace {

using ::testing::IsEmpty;

TEST(PathTest, TakesTheBracketsOff) {
  EXPECT_EQ(Path::WithoutBrackets("<a@example.org>"), "a@example.org");
  EXPECT_EQ(Path::WithoutBrackets("<>"), "");
  EXPECT_EQ(Path::WithoutBrackets("a@example.org"), "a@example.org");
  EXPECT_EQ(Path::WithoutBrackets("<a@example.org"), "<a@example.org");
  EXPECT_EQ(Path::WithoutBrackets(""), "");
}

TEST(EnvelopeTest, TheClientStaysWhenTheMessageEnds) {
  Macros connection;
  connection.Set("j", "mx.example.org");
  Envelope envelope;
  envelope.client_name = "mail.example.net";
  envelope.helo = "mail.example.net";
  envelope.sender.address = "a@example.net";
  envelope.recipients.emplace_back();
  envelope.rejected_recipients.emplace_back();
  envelope.macros.Set("j", "mx.example.org");
  envelope.macros.Set("i", "4FzQ");
  EXPECT_EQ(envelope.queue_id(), "4FzQ");

  envelope.EndMessage(connection);

  EXPECT_EQ(envelope.client_name, "mail.example.net");
  EXPECT_EQ(envelope.helo, "mail.example.net");
  EXPECT_EQ(envelope.sender, Path());
  EXPECT_THAT(envelope.recipients, IsEmpty());
  EXPECT_THAT(envelope.rejected_recipients, IsEmpty());
  EXPECT_EQ(envelope.queue_id(), "");
  EXPECT_EQ(envelope.macros.Get("j"), "mx.example.org");
}

}  // namespace
}  // namespace postern::milter
