#include "mta/restrictions/listing.h"

#include "gtest/gtest.h"

namespace postern::mta::restrictions {
namespace {

using Kind = Outcome::Kind;

TEST(ListingTest, OnlyAddressesOfOursCanBeUnknown) {
  struct Case {
    AddressClass address_class;
    Kind want;
  };
  const Case cases[] = {
      {AddressClass::kMailbox, Kind::kDunno},
      {AddressClass::kRelay, Kind::kDunno},
      {AddressClass::kElsewhere, Kind::kDunno},
      {AddressClass::kUnknownMailbox, Kind::kRefuse},
  };
  for (const Case& c : cases) {
    Facts facts;
    facts.sender = mail::Address{"s", "example.org"};
    facts.recipient = mail::Address{"r", "example.org"};
    facts.question.sender = "s@example.org";
    facts.question.recipient = "r@example.org";
    facts.sender_class = facts.recipient_class = c.address_class;
    EXPECT_EQ(SenderListing(facts).kind, c.want);
    EXPECT_EQ(RecipientListing(facts).kind, c.want);
    if (c.want == Kind::kDunno) continue;
    EXPECT_EQ(SenderListing(facts).reply.ToString(),
              "550 5.1.0 <s@example.org>: Sender address rejected: User "
              "unknown");
    EXPECT_EQ(RecipientListing(facts).reply.ToString(),
              "550 5.1.1 <r@example.org>: Recipient address rejected: User "
              "unknown");
  }
}

TEST(ListingTest, TheNullSenderIsNobodyUnknown) {
  Facts facts;
  facts.sender = mail::Address();
  facts.sender_class = AddressClass::kUnknownMailbox;
  EXPECT_EQ(SenderListing(facts).kind, Kind::kDunno);
}

TEST(ListingTest, WithoutASenderOrRecipientThereIsNothingToSay) {
  const Facts facts;
  EXPECT_EQ(SenderListing(facts).kind, Kind::kDunno);
  EXPECT_EQ(RecipientListing(facts).kind, Kind::kDunno);
}

}  // namespace
}  // namespace postern::mta::restrictions
