#include "mta/outbound/known_outcome.h"

#include "gtest/gtest.h"

namespace postern::mta::outbound {
namespace {

using Kind = queue::Outcome::Kind;
using Handover = queue::Outcome::Handover;

TEST(KnownOutcomeTest, WhoIsToBeDeliveredToHasNone) {
  spool::v1::Recipient recipient;
  recipient.set_address("a@x.example");
  EXPECT_FALSE(KnownOutcome(recipient).has_value());
}

TEST(KnownOutcomeTest, AVerdictIsStatusAndText) {
  spool::v1::Recipient recipient;
  recipient.set_verdict("5.4.6 alias database loop");
  const queue::Outcome outcome = KnownOutcome(recipient).value();
  EXPECT_EQ(outcome.kind, Kind::kFailed);
  EXPECT_EQ(outcome.status, "5.4.6");
  EXPECT_EQ(outcome.reply, "alias database loop");
}

// RFC 3461 section 5.2.7.
TEST(KnownOutcomeTest, AnAliasIsExpandedAndAListHasItsMail) {
  spool::v1::Recipient recipient;
  recipient.set_expansion(spool::v1::EXPANSION_ALIAS);
  EXPECT_EQ(KnownOutcome(recipient)->kind, Kind::kDelivered);
  EXPECT_EQ(KnownOutcome(recipient)->handover, Handover::kExpanded);
  recipient.set_expansion(spool::v1::EXPANSION_LIST);
  EXPECT_EQ(KnownOutcome(recipient)->kind, Kind::kDelivered);
  EXPECT_EQ(KnownOutcome(recipient)->handover, Handover::kMailbox);
}

}  // namespace
}  // namespace postern::mta::outbound
