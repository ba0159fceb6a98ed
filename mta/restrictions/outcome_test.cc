#include "mta/restrictions/outcome.h"

#include <string>

#include "gtest/gtest.h"

namespace postern::mta::restrictions {
namespace {

Facts SomeFacts() {
  Facts facts;
  facts.question.client_name = "unknown";
  facts.question.reverse_client_name = "rev.example";
  facts.question.client_address = "192.0.2.1";
  facts.question.helo_name = "helo.example";
  facts.question.sender = "s@example.net";
  facts.question.recipient = "r@example.org";
  return facts;
}

TEST(OutcomeTest, ARefusalNamesItsSubjectAsPostfixDoes) {
  const Facts facts = SomeFacts();
  struct Case {
    Subject subject;
    const char* want;
  };
  const Case cases[] = {
      {ClientSubject(facts),
       "554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: x"},
      {ReverseClientSubject(facts),
       "554 5.7.1 <rev.example>: Unverified Client host rejected: x"},
      {HeloSubject(facts),
       "554 5.7.1 <helo.example>: Helo command rejected: x"},
      {SenderSubject(facts),
       "554 5.7.1 <s@example.net>: Sender address rejected: x"},
      {RecipientSubject(facts),
       "554 5.7.1 <r@example.org>: Recipient address rejected: x"},
      {DataSubject(), "554 5.7.1 <DATA>: Data command rejected: x"},
      {EndOfDataSubject(),
       "554 5.7.1 <END-OF-MESSAGE>: End-of-data rejected: x"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Rejected(554, "5.7.1", c.subject, "x").ToString(), c.want);
  }
}

TEST(OutcomeTest, TheStatusFollowsTheCode) {
  const Subject data = DataSubject();
  EXPECT_EQ(Rejected(450, "5.7.1", data, "x").status, "4.7.1");
  EXPECT_EQ(Rejected(550, "4.1.8", data, "x").status, "5.1.8");
  EXPECT_EQ(Rejected(550, "", data, "x").status, "");
}

TEST(OutcomeTest, WhatWeCannotDoIsOurFaultAndTemporary) {
  const Outcome table = Outcome::CannotLookUp({"a@b", "Sender address"});
  EXPECT_EQ(table.reply.ToString(),
            "451 4.3.0 <a@b>: Temporary lookup failure");
  EXPECT_TRUE(table.is_our_fault);
  EXPECT_EQ(Outcome::Misconfigured().reply.code, 451);
  EXPECT_TRUE(Outcome::Misconfigured().is_our_fault);
}

}  // namespace
}  // namespace postern::mta::restrictions
