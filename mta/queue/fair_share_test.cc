#include "mta/queue/fair_share.h"

#include "gtest/gtest.h"

namespace postern::mta::queue {
namespace {

spool::v1::Envelope From(const char* sender, const char* recipient) {
  spool::v1::Envelope envelope;
  envelope.set_sender(sender);
  envelope.add_recipients()->set_address(recipient);
  return envelope;
}

// How many messages of the flow may begin.
size_t Fill(FairShare& share, Flow flow, size_t limit) {
  size_t count = 0;
  for (; share.HasRoom(flow, limit); ++count) share.Begin(flow);
  return count;
}

TEST(FairShareTest, ThereIsAlwaysRoomForWhoComesNext) {
  FairShare share;
  EXPECT_EQ(Fill(share, {.sender = 1, .destination = 1}, 1000), 500u);
  EXPECT_EQ(Fill(share, {.sender = 2, .destination = 2}, 1000), 250u);
  EXPECT_EQ(Fill(share, {.sender = 3, .destination = 3}, 1000), 125u);
  // The same sender to others, and others to the same destination.
  EXPECT_FALSE(share.HasRoom({.sender = 1, .destination = 9}, 1000));
  EXPECT_FALSE(share.HasRoom({.sender = 9, .destination = 1}, 1000));
  EXPECT_TRUE(share.HasRoom({.sender = 9, .destination = 9}, 1000));
}

TEST(FairShareTest, WhatHasEndedMakesRoom) {
  FairShare share;
  const Flow flow = {.sender = 1, .destination = 1};
  Fill(share, flow, 10);
  EXPECT_FALSE(share.HasRoom(flow, 10));
  share.End(flow);
  EXPECT_TRUE(share.HasRoom(flow, 10));
  EXPECT_EQ(share.total(), 4u);
}

TEST(FairShareTest, TheLastRoomGoesToAnybodyWhoHasNone) {
  FairShare share;
  EXPECT_TRUE(share.HasRoom({}, 1));
  share.Begin({});
  EXPECT_FALSE(share.HasRoom({.sender = 1, .destination = 1}, 1));
}

TEST(FairShareTest, AFlowIsASenderAndADomain) {
  const Flow flow = FlowOf(From("news-1@list.example", "a@Example.org"));
  EXPECT_EQ(FlowOf(From("news-2@list.example", "b@example.org")), flow);
  EXPECT_EQ(FlowOf(From("", "x")).destination, 0);
  EXPECT_EQ(FlowOf({}).destination, 0);
  // 20 others would hardly all fall on the same one.
  int differ = 0;
  for (const char c : "bcdefghijklmnopqrstu") {
    const std::string domain = std::string("a@") + c + ".example";
    if (FlowOf(From("x@y", domain.c_str())) != flow) ++differ;
  }
  EXPECT_GT(differ, 10);
}

}  // namespace
}  // namespace postern::mta::queue
