#include "mta/outbound/outcome.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::outbound {
namespace {

using Kind = queue::Outcome::Kind;

TEST(OutcomeTest, TheFirstDigitOfAReplyDecides) {
  struct Case {
    smtp::Reply reply;
    Kind kind;
    const char* status;
  };
  const Case cases[] = {
      {{250, "2.1.5", "ok"}, Kind::kDelivered, "2.1.5"},
      {{250, "", "ok"}, Kind::kDelivered, "2.0.0"},
      {{450, "4.2.0", "later"}, Kind::kDeferred, "4.2.0"},
      {{450, "", "later"}, Kind::kDeferred, "4.0.0"},
      {{550, "5.1.1", "nobody"}, Kind::kFailed, "5.1.1"},
      {{550, "", "nobody"}, Kind::kFailed, "5.0.0"},
      {{354, "", "go on"}, Kind::kDeferred, "4.0.0"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.reply.ToString());
    const queue::Outcome outcome =
        OutcomeOf(c.reply, "mx[192.0.2.1]:25", Cause::kData);
    EXPECT_EQ(outcome.kind, c.kind);
    EXPECT_EQ(outcome.status, c.status);
    EXPECT_EQ(outcome.reply, c.reply.ToString());
    EXPECT_EQ(outcome.host, "mx[192.0.2.1]:25");
    EXPECT_EQ(outcome.cause, Cause::kData);
  }
}

TEST(OutcomeTest, OurOwnReplyHasNoHostAndNoCode) {
  const queue::Outcome outcome =
      OutcomeOf({550, "5.1.2", "domain does not exist"}, "", Cause::kDns);
  EXPECT_EQ(outcome.kind, Kind::kFailed);
  EXPECT_EQ(outcome.reply, "domain does not exist");
  EXPECT_EQ(outcome.host, "");
}

// MTA-33: what is stored, logged and bounced is one printable line.
TEST(OutcomeTest, TextIsOnePrintableLine) {
  EXPECT_EQ(Deferred(Cause::kLost, "4.4.2", "a\r\nb\tc\x80").reply, "a??b?c?");
  EXPECT_EQ(Failed("5.0.0", std::string(5000, 'x')).reply.size(), 512u);
  const queue::Outcome theirs =
      OutcomeOf({550, "", "one\ntwo\r\x1b[31m"}, "mx", Cause::kMail);
  EXPECT_EQ(theirs.reply.find_first_of("\r\n\x1b"), std::string::npos);
}

TEST(OutcomeTest, OurWordsHaveTheirKind) {
  EXPECT_EQ(Delivered("2.0.0", "x").kind, Kind::kDelivered);
  EXPECT_EQ(Delivered("2.0.0", "x").handover,
            queue::Outcome::Handover::kMailbox);
  EXPECT_EQ(Deferred(Cause::kLost, "4.0.0", "x").kind, Kind::kDeferred);
  EXPECT_EQ(Failed("5.0.0", "x").kind, Kind::kFailed);
}

}  // namespace
}  // namespace postern::mta::outbound
