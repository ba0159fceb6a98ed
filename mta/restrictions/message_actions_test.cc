#include "mta/restrictions/message_actions.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::restrictions {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

spool::v1::Envelope EnvelopeTo(const std::vector<std::string>& recipients) {
  spool::v1::Envelope envelope;
  for (const std::string& recipient : recipients) {
    envelope.add_recipients()->set_address(recipient);
  }
  return envelope;
}

std::vector<std::string> RecipientsOf(const spool::v1::Envelope& envelope) {
  std::vector<std::string> recipients;
  for (const auto& one : envelope.recipients()) {
    recipients.push_back(one.address());
  }
  return recipients;
}

TEST(MessageActionsTest, NoneChangesNothing) {
  spool::v1::Envelope envelope = EnvelopeTo({"a@example.org"});
  MessageActions().ApplyTo(envelope);
  EXPECT_THAT(RecipientsOf(envelope), ElementsAre("a@example.org"));
  EXPECT_FALSE(envelope.hold());
}

TEST(MessageActionsTest, MergesInOrder) {
  MessageActions all;
  MessageActions first;
  first.redirect = "one@example.org";
  first.hold = true;
  first.AddHeader("X-A: 1");
  all.Merge(first);
  MessageActions second;
  second.redirect = "two@example.org";
  second.AddHeader("X-B: 2");
  second.AddCopy("copy@example.org");
  all.Merge(second);
  all.Merge(MessageActions());
  EXPECT_TRUE(all.hold);
  EXPECT_FALSE(all.discard);
  EXPECT_EQ(all.redirect, "two@example.org");
  EXPECT_THAT(all.headers, ElementsAre("X-A: 1", "X-B: 2"));
  EXPECT_THAT(all.copies, ElementsAre("copy@example.org"));
}

TEST(MessageActionsTest, ARedirectionReplacesAllRecipients) {
  spool::v1::Envelope envelope = EnvelopeTo({"a@example.org", "b@example.org"});
  MessageActions actions;
  actions.redirect = "c@example.org";
  actions.AddCopy("d@example.org");
  actions.ApplyTo(envelope);
  EXPECT_THAT(RecipientsOf(envelope), ElementsAre("c@example.org"));
}

TEST(MessageActionsTest, ACopyIsARecipientThatTheSenderHearsNothingOf) {
  spool::v1::Envelope envelope = EnvelopeTo({"a@example.org"});
  MessageActions actions;
  actions.hold = true;
  actions.AddCopy("d@example.org");
  actions.ApplyTo(envelope);
  EXPECT_THAT(RecipientsOf(envelope),
              ElementsAre("a@example.org", "d@example.org"));
  EXPECT_TRUE(envelope.recipients(1).notify_never());
  EXPECT_TRUE(envelope.hold());
}

TEST(MessageActionsTest, HeadersAndCopiesHaveLimits) {
  MessageActions actions;
  for (int i = 0; i < 1000; ++i) {
    actions.AddHeader("X-A: 1");
    actions.AddCopy("d@example.org");
  }
  EXPECT_THAT(actions.headers, SizeIs(MessageActions::kMaxHeaders));
  EXPECT_THAT(actions.copies, SizeIs(MessageActions::kMaxCopies));
}

}  // namespace
}  // namespace postern::mta::restrictions
