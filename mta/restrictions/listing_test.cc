#include "mta/restrictions/listing.h"

#include "gtest/gtest.h"

namespace postern::mta::restrictions {
namespace {

using Kind = Outcome::Kind;

TEST(ListingTest, WhoIsNotListedIsRefused) {
  Facts facts;
  facts.sender = mail::Address{"s", "example.org"};
  facts.recipient = mail::Address{"r", "example.org"};
  facts.question.sender = "s@example.org";
  facts.question.recipient = "r@example.org";
  EXPECT_EQ(SenderListing(facts).kind, Kind::kDunno);
  EXPECT_EQ(RecipientListing(facts).kind, Kind::kDunno);
  facts.sender_unlisted = {550, "5.1.0", "User unknown in x table"};
  facts.recipient_unlisted = {450, "4.1.1", "User unknown in y table"};
  EXPECT_EQ(SenderListing(facts).reply.ToString(),
            "550 5.1.0 <s@example.org>: Sender address rejected: User "
            "unknown in x table");
  EXPECT_EQ(RecipientListing(facts).reply.ToString(),
            "450 4.1.1 <r@example.org>: Recipient address rejected: User "
            "unknown in y table");
}

TEST(ListingTest, TheNullSenderIsNobodyUnknown) {
  Facts facts;
  facts.sender = mail::Address();
  facts.sender_unlisted = {550, "5.1.0", "User unknown"};
  EXPECT_EQ(SenderListing(facts).kind, Kind::kDunno);
}

TEST(ListingTest, WithoutASenderOrRecipientThereIsNothingToSay) {
  const Facts facts;
  EXPECT_EQ(SenderListing(facts).kind, Kind::kDunno);
  EXPECT_EQ(RecipientListing(facts).kind, Kind::kDunno);
}

}  // namespace
}  // namespace postern::mta::restrictions
