#include "greylistd/decision.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::greylistd {
namespace {

using ::testing::Eq;
using ::testing::Optional;
using Kind = Outcome::Kind;

constexpr int64_t kNow = 1'700'000'000;
constexpr int64_t kHour = 3600;
constexpr int64_t kDay = 24 * kHour;

TEST(DecisionTest, ANewTripletWaitsAndIsRemembered) {
  Records change;
  EXPECT_EQ(Decide({}, Terms(), kNow, change),
            (Outcome{Kind::kNew, 300, false}));
  EXPECT_THAT(change.triplet, Optional(TripletRecord{kNow, kNow, false}));
  EXPECT_THAT(change.pending, Optional(PendingRecord{1, kNow + 2 * kDay}));
  EXPECT_THAT(change.client, Eq(std::nullopt));
}

TEST(DecisionTest, AnEarlyRetryWaitsForTheRestAndChangesNothing) {
  const Records known = {.triplet = TripletRecord{kNow - 100, kNow - 100}};
  Records change;
  EXPECT_EQ(Decide(known, Terms(), kNow, change),
            (Outcome{Kind::kEarlyRetry, 200, false}));
  EXPECT_EQ(change, Records());
}

TEST(DecisionTest, PassesExactlyAfterTheDelay) {
  Records known = {.triplet = TripletRecord{kNow - 299, kNow - 299}};
  Records change;
  EXPECT_EQ(Decide(known, Terms(), kNow, change),
            (Outcome{Kind::kEarlyRetry, 1, false}));
  known.triplet->first = kNow - 300;
  EXPECT_EQ(Decide(known, Terms(), kNow, change),
            (Outcome{Kind::kFirstPass, 300, false}));
  EXPECT_THAT(change.triplet, Optional(TripletRecord{kNow - 300, kNow, true}));
  EXPECT_THAT(change.client, Optional(ClientRecord{1, kNow}));
}

TEST(DecisionTest, AFirstPassFreesAPlaceInItsNetwork) {
  Records known = {.triplet = TripletRecord{kNow - 300, kNow - 300},
                   .pending = PendingRecord{7, kNow + 1}};
  Records change;
  Decide(known, Terms(), kNow, change);
  EXPECT_THAT(change.pending, Optional(PendingRecord{6, kNow + 1}));
  known.pending->count = 0;
  Decide(known, Terms(), kNow, change);
  EXPECT_THAT(change.pending, Eq(std::nullopt));
}

TEST(DecisionTest, ARetryAfterTheWindowIsNew) {
  Records known = {.triplet = TripletRecord{kNow - 2 * kDay, kNow - 2 * kDay}};
  Records change;
  EXPECT_EQ(Decide(known, Terms(), kNow, change).kind, Kind::kFirstPass);
  known.triplet->first -= 1;
  EXPECT_EQ(Decide(known, Terms(), kNow, change).kind, Kind::kNew);
  EXPECT_THAT(change.triplet, Optional(TripletRecord{kNow, kNow, false}));
}

TEST(DecisionTest, AKnownTripletIsWrittenAgainOnlyOnceAnHour) {
  Records known = {.triplet = TripletRecord{kNow - kDay, kNow - 3599, true}};
  Records change;
  EXPECT_EQ(Decide(known, Terms(), kNow, change),
            (Outcome{Kind::kKnown, 0, false}));
  EXPECT_EQ(change, Records());
  EXPECT_TRUE(IsFreshlyKnown(*known.triplet, Terms(), kNow));
  known.triplet->last = kNow - 3600;
  EXPECT_FALSE(IsFreshlyKnown(*known.triplet, Terms(), kNow));
  EXPECT_EQ(Decide(known, Terms(), kNow, change).kind, Kind::kKnown);
  EXPECT_THAT(change.triplet, Optional(TripletRecord{kNow - kDay, kNow, true}));
}

TEST(DecisionTest, WhatHasPassedStaysPassedWhenTheDelayIsRaised) {
  const Records known = {
      .triplet = TripletRecord{kNow - kDay, kNow - kDay + 300, true}};
  Terms terms;
  terms.delay = absl::Hours(5);
  Records change;
  EXPECT_EQ(Decide(known, terms, kNow, change).kind, Kind::kKnown);
}

TEST(DecisionTest, AClientIsAllowedAfterFivePassesOnePerHour) {
  Records known = {.triplet = TripletRecord{kNow - 300, kNow - 300},
                   .client = ClientRecord{4, kNow - kHour + 1}};
  Records change;
  EXPECT_EQ(Decide(known, Terms(), kNow, change),
            (Outcome{Kind::kFirstPass, 300, false}));
  EXPECT_THAT(change.client, Eq(std::nullopt));
  known.client->last = kNow - kHour;
  EXPECT_EQ(Decide(known, Terms(), kNow, change),
            (Outcome{Kind::kFirstPass, 300, true}));
  EXPECT_THAT(change.client, Optional(ClientRecord{5, kNow}));
}

TEST(DecisionTest, AnAllowedClientPassesAndItsUseIsNotedOnceAnHour) {
  Records known = {.client = ClientRecord{5, kNow - kHour + 1}};
  Records change;
  EXPECT_EQ(Decide(known, Terms(), kNow, change),
            (Outcome{Kind::kAllowedClient, 0, false}));
  EXPECT_EQ(change, Records());
  known.client->last = kNow - kHour;
  Decide(known, Terms(), kNow, change);
  EXPECT_THAT(change.client, Optional(ClientRecord{6, kNow}));
}

TEST(DecisionTest, ClientsAreNeverAllowedWhenThatIsOff) {
  const Records known = {.triplet = TripletRecord{kNow - 300, kNow - 300},
                         .client = ClientRecord{50, kNow - kDay}};
  Terms terms;
  terms.allow_after = 0;
  Records change;
  EXPECT_EQ(Decide(known, terms, kNow, change).kind, Kind::kFirstPass);
  EXPECT_THAT(change.client, Eq(std::nullopt));
}

TEST(DecisionTest, RD06ANetworkHasALimitOfSendersThatWait) {
  Terms terms;
  terms.max_pending = 3;
  Records known = {.pending = PendingRecord{3, kNow + 1}};
  Records change;
  EXPECT_EQ(Decide(known, terms, kNow, change),
            (Outcome{Kind::kPendingLimit, 300, false}));
  EXPECT_EQ(change, Records());
  known.pending->until = kNow;
  EXPECT_EQ(Decide(known, terms, kNow, change).kind, Kind::kNew);
  EXPECT_THAT(change.pending, Optional(PendingRecord{1, kNow + 2 * kDay}));
  terms.max_pending = 0;
  known.pending = PendingRecord{1'000'000, kNow + 1};
  EXPECT_EQ(Decide(known, terms, kNow, change).kind, Kind::kNew);
}

TEST(DecisionTest, RD06WhoWaitsAlreadyIsNotHitByTheLimit) {
  Terms terms;
  terms.max_pending = 3;
  const Records known = {.triplet = TripletRecord{kNow - 300, kNow - 300},
                         .pending = PendingRecord{3, kNow + 1}};
  Records change;
  EXPECT_EQ(Decide(known, terms, kNow, change).kind, Kind::kFirstPass);
}

TEST(DecisionTest, ATimeInTheFutureIsCorrected) {
  Records known = {.triplet = TripletRecord{kNow + kDay, kNow + kDay}};
  Records change;
  EXPECT_EQ(Decide(known, Terms(), kNow, change),
            (Outcome{Kind::kEarlyRetry, 300, false}));
  EXPECT_THAT(change.triplet, Optional(TripletRecord{kNow, kNow, false}));
  known = {.triplet = TripletRecord{kNow + kDay, kNow + kDay, true}};
  EXPECT_EQ(Decide(known, Terms(), kNow, change).kind, Kind::kKnown);
  EXPECT_THAT(change.triplet, Optional(TripletRecord{kNow, kNow, true}));
  known = {.client = ClientRecord{5, kNow + kDay}};
  EXPECT_EQ(Decide(known, Terms(), kNow, change).kind, Kind::kAllowedClient);
  EXPECT_THAT(change.client, Optional(ClientRecord{6, kNow}));
}

TEST(DecisionTest, WithoutADelayEverybodyPassesAndIsRemembered) {
  Terms terms;
  terms.delay = absl::ZeroDuration();
  Records change;
  EXPECT_EQ(Decide({}, terms, kNow, change),
            (Outcome{Kind::kFirstPass, 0, false}));
  EXPECT_THAT(change.triplet, Optional(TripletRecord{kNow, kNow, true}));
  EXPECT_THAT(change.pending, Eq(std::nullopt));
}

TEST(DecisionTest, RecordsAreKeptForTheirTimeAndNoShorter) {
  const Terms terms;
  EXPECT_EQ(ExpiryOf(TripletRecord{kNow, kNow, false}, terms),
            kNow + 2 * kDay + 1);
  EXPECT_EQ(ExpiryOf(TripletRecord{kNow - kDay, kNow, true}, terms),
            kNow + 35 * kDay + kHour);
  EXPECT_EQ(ExpiryOf(ClientRecord{1, kNow}, terms), kNow + 35 * kDay + kHour);
  Terms brief;
  brief.max_age = absl::Seconds(640);
  EXPECT_EQ(TouchInterval(brief), 10);
}

}  // namespace
}  // namespace postern::greylistd
