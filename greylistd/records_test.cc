#include "greylistd/records.h"

#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::greylistd {
namespace {

using ::testing::Eq;
using ::testing::Optional;

TEST(RecordsTest, WhatIsWrittenIsReadBack) {
  const TripletRecord triplet = {1'700'000'000, 1'700'000'300, true};
  const ClientRecord client = {5, 1'700'000'300};
  const PendingRecord pending = {17, 1'700'172'800};
  for (const char* name : {"", "192.0.2.0/a b@c/d@e"}) {
    SCOPED_TRACE(name);
    EXPECT_THAT(ParseTripletRecord(RecordText(triplet, name)),
                Optional(triplet));
    EXPECT_THAT(ParseClientRecord(RecordText(client, name)), Optional(client));
    EXPECT_THAT(ParsePendingRecord(RecordText(pending, name)),
                Optional(pending));
    EXPECT_EQ(NameInRecord(RecordText(triplet, name)), name);
    EXPECT_EQ(NameInRecord(RecordText(client, name)), name);
    EXPECT_EQ(NameInRecord(RecordText(pending, name)), name);
  }
}

TEST(RecordsTest, LooksAsTheFormatSays) {
  EXPECT_EQ(RecordText(TripletRecord{1, 2, false}, "n"), "t 1 2 0 n");
  EXPECT_EQ(RecordText(ClientRecord{3, 4}, "n"), "c 3 4 n");
  EXPECT_EQ(RecordText(PendingRecord{5, 6}, ""), "p 5 6");
}

TEST(RecordsTest, RD03GarbageIsNoRecord) {
  for (const char* text :
       {"", "t", "t ", "t 1", "t 1 2", "t 1 2 2", "t 1 2 0x", "t 1 2  0",
        "t -1 2 0", "t 1 2.5 0", "x 1 2 0", "t 1 999999999999 0", " t 1 2 0",
        "t 99999999999999999999999999 2 0", "T 1 2 0"}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(ParseTripletRecord(text), Eq(std::nullopt));
  }
  for (const char* text : {"", "c", "c 1", "c 1 2x", "t 1 2 0",
                           "c 2147483648 2", "c 1 -2", "c a b"}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(ParseClientRecord(text), Eq(std::nullopt));
    EXPECT_THAT(ParsePendingRecord(text), Eq(std::nullopt));
  }
  EXPECT_EQ(NameInRecord("garbage"), "");
  EXPECT_EQ(NameInRecord(""), "");
}

}  // namespace
}  // namespace postern::greylistd
