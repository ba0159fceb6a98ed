// One table of cases for every kind of store: embedded, embedded with privacy,
// Redis, Redis with privacy. They must agree with one another and with
// decision.h.

#include "greylistd/sightings.h"

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "greylistd/test_sightings.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::greylistd {
namespace {

using ::postern::testing::IsOk;
using ::testing::Eq;
using ::testing::IsEmpty;
using Kind = Outcome::Kind;

using Worlds = ::testing::Types<EmbeddedWorld<false>, EmbeddedWorld<true>,
                                RedisWorld<false>, RedisWorld<true>>;
TYPED_TEST_SUITE(SightingsTest, Worlds);

TYPED_TEST(SightingsTest, ASenderWaitsComesBackAndIsKnown) {
  const Names a = this->NamesOf(2, "a@b");
  EXPECT_THAT(this->See(a), Is(Kind::kNew, 300));
  EXPECT_THAT(this->See(a), Is(Kind::kEarlyRetry, 300));
  this->world_->Advance(absl::Seconds(150));
  EXPECT_THAT(this->See(a), Is(Kind::kEarlyRetry, 150));
  this->world_->Advance(absl::Seconds(250));
  EXPECT_THAT(this->See(a), Is(Kind::kFirstPass, 400));
  EXPECT_THAT(this->See(a), Is(Kind::kKnown, 0));
  this->world_->Advance(absl::Hours(24 * 34));
  EXPECT_THAT(this->See(a), Is(Kind::kKnown, 0));
  this->world_->Advance(absl::Hours(24 * 34));
  EXPECT_THAT(this->See(a), Is(Kind::kKnown, 0));
  this->world_->Advance(absl::Hours(24 * 36));
  EXPECT_THAT(this->See(a), Is(Kind::kNew, 300));
}

TYPED_TEST(SightingsTest, ARetryAfterTheWindowIsNew) {
  const Names a = this->NamesOf(2, "a@b");
  EXPECT_THAT(this->See(a), Is(Kind::kNew, 300));
  this->world_->Advance(absl::Hours(49));
  EXPECT_THAT(this->See(a), Is(Kind::kNew, 300));
  this->world_->Advance(absl::Hours(47));
  EXPECT_THAT(this->See(a), Is(Kind::kFirstPass, 47 * 3600));
}

TYPED_TEST(SightingsTest, AClientThatRetriesIsAllowedInTheEnd) {
  Terms terms;
  terms.allow_after = 2;
  const Names a = this->NamesOf(2, "a@b");
  const Names b = this->NamesOf(2, "b@b");
  const Names c = this->NamesOf(2, "c@b");
  EXPECT_THAT(this->See(a, terms), Is(Kind::kNew, 300));
  EXPECT_THAT(this->See(b, terms), Is(Kind::kNew, 300));
  this->world_->Advance(absl::Seconds(400));
  EXPECT_FALSE(this->See(a, terms).client_became_allowed);
  // Two passes in one hour count once.
  EXPECT_FALSE(this->See(b, terms).client_became_allowed);
  EXPECT_THAT(this->See(c, terms), Is(Kind::kNew, 300));
  this->world_->Advance(absl::Hours(2));
  const Outcome third = this->See(c, terms);
  EXPECT_THAT(third, Is(Kind::kFirstPass, 7200));
  EXPECT_TRUE(third.client_became_allowed);
  EXPECT_THAT(this->See(this->NamesOf(2, "d@b"), terms),
              Is(Kind::kAllowedClient, 0));
  EXPECT_THAT(this->See(this->NamesOf(3, "d@b"), terms), Is(Kind::kNew, 300));
  // Being seen once an hour keeps it; 35 days without do not.
  this->world_->Advance(absl::Hours(24 * 30));
  EXPECT_THAT(this->See(this->NamesOf(2, "e@b"), terms),
              Is(Kind::kAllowedClient, 0));
  this->world_->Advance(absl::Hours(24 * 30));
  EXPECT_THAT(this->See(this->NamesOf(2, "f@b"), terms),
              Is(Kind::kAllowedClient, 0));
  EXPECT_EQ(this->Peek(this->NamesOf(2, "f@b")).client->count, 4u);
  this->world_->Advance(absl::Hours(24 * 36));
  EXPECT_THAT(this->See(this->NamesOf(2, "g@b"), terms), Is(Kind::kNew, 300));
}

TYPED_TEST(SightingsTest, RD06OnlySoManySendersOfANetworkAreRemembered) {
  Terms terms;
  terms.max_pending = 2;
  EXPECT_THAT(this->See(this->NamesOf(2, "1@b"), terms), Is(Kind::kNew, 300));
  EXPECT_THAT(this->See(this->NamesOf(2, "2@b"), terms), Is(Kind::kNew, 300));
  EXPECT_THAT(this->See(this->NamesOf(2, "3@b"), terms),
              Is(Kind::kPendingLimit, 300));
  EXPECT_THAT(this->See(this->NamesOf(3, "3@b"), terms), Is(Kind::kNew, 300));
  EXPECT_THAT(this->Peek(this->NamesOf(2, "3@b")).triplet, Eq(std::nullopt));
  this->world_->Advance(absl::Seconds(400));
  // Who passes makes room.
  EXPECT_THAT(this->See(this->NamesOf(2, "1@b"), terms),
              Is(Kind::kFirstPass, 400));
  EXPECT_THAT(this->See(this->NamesOf(2, "3@b"), terms), Is(Kind::kNew, 300));
  EXPECT_THAT(this->See(this->NamesOf(2, "4@b"), terms),
              Is(Kind::kPendingLimit, 300));
  this->world_->Advance(absl::Hours(49));
  EXPECT_THAT(this->See(this->NamesOf(2, "4@b"), terms), Is(Kind::kNew, 300));
}

TYPED_TEST(SightingsTest, WhatIsKnownSurvivesANewStart) {
  const Names a = this->NamesOf(2, "a@b");
  EXPECT_THAT(this->See(a), Is(Kind::kNew, 300));
  this->world_->Open();
  EXPECT_THAT(this->See(a), Is(Kind::kEarlyRetry, 300));
}

TYPED_TEST(SightingsTest, PeekShowsTheRecordsAndChangesNothing) {
  const Names a = this->NamesOf(2, "a@b");
  EXPECT_EQ(this->Peek(a), Records());
  this->See(a);
  const Records records = this->Peek(a);
  ASSERT_TRUE(records.triplet);
  EXPECT_FALSE(records.triplet->passed);
  EXPECT_NEAR(records.triplet->first, this->world_->Now(), 20);
  EXPECT_EQ(records.client, std::nullopt);
  ASSERT_TRUE(records.pending);
  EXPECT_EQ(records.pending->count, 1u);
  EXPECT_EQ(this->Peek(a), records);
}

TYPED_TEST(SightingsTest, WhatIsRememberedCountsUntilItIsForgotten) {
  const int64_t now = this->world_->Now();
  const Names a = this->NamesOf(2, "a@b");
  const auto run = [&](net::Task<absl::Status> task) {
    EXPECT_THAT(this->world_->runtime().BlockOn(std::move(task)), IsOk());
  };
  Sightings& sightings = this->world_->sightings();
  Entry triplet = {.kind = Entry::Kind::kTriplet,
                   .network = a.network,
                   .name = a.triplet,
                   .triplet = {now - 4000, now - 3000, true},
                   .client = {},
                   .expires = now + 1000};
  run(sightings.Remember(triplet, this->Soon()));
  EXPECT_THAT(this->See(a), Is(Kind::kKnown, 0));
  run(sightings.Forget(triplet.kind, a.network, a.triplet, this->Soon()));
  EXPECT_THAT(this->See(a), Is(Kind::kNew, 300));
  Entry client = {.kind = Entry::Kind::kClient,
                  .network = a.network,
                  .name = a.client,
                  .triplet = {},
                  .client = {5, now},
                  .expires = now + 1000};
  run(sightings.Remember(client, this->Soon()));
  EXPECT_THAT(this->See(a), Is(Kind::kAllowedClient, 0));
  this->world_->Advance(absl::Seconds(1200));
  EXPECT_THAT(this->See(a), Is(Kind::kFirstPass, 1200));
  run(sightings.Remember(client, this->Soon()));
  run(sightings.Forget(client.kind, a.network, a.client, this->Soon()));
  run(sightings.Forget(client.kind, a.network, a.client, this->Soon()));
  EXPECT_EQ(this->Peek(a).client, std::nullopt);
}

TYPED_TEST(SightingsTest, ListShowsTripletsAndClients) {
  EXPECT_THAT(this->List(), IsEmpty());
  std::vector<std::string> expected;
  for (int i = 0; i < 7; ++i) {
    const Names names = this->NamesOf(i, "a@b");
    this->See(names);
    expected.push_back(names.triplet);
  }
  this->world_->Advance(absl::Seconds(400));
  this->See(this->NamesOf(1, "a@b"));
  expected.push_back("192.0.1.1");
  std::vector<std::string> names;
  int passed = 0;
  for (const Entry& entry : this->List()) {
    names.push_back(entry.name);
    if (entry.kind == Entry::Kind::kTriplet && entry.triplet.passed) ++passed;
    EXPECT_GT(entry.expires, this->world_->Now());
  }
  EXPECT_EQ(passed, 1);
  if (TypeParam::kIsPrivate) {
    EXPECT_THAT(names, ::testing::Each(""));
    EXPECT_EQ(names.size(), expected.size());
  } else {
    EXPECT_THAT(names, ::testing::UnorderedElementsAreArray(expected));
  }
}

TYPED_TEST(SightingsTest, PrivacyHidesWhoWroteToWhom) {
  this->See(this->NamesOf(2, "alice@example.org"));
  const std::string all = this->world_->Dump();
  EXPECT_NE(all, "");
  EXPECT_EQ(absl::string_view(all).find("alice") == absl::string_view::npos,
            TypeParam::kIsPrivate)
      << all;
  EXPECT_EQ(absl::string_view(all).find("192.0.2") == absl::string_view::npos,
            TypeParam::kIsPrivate)
      << all;
}

}  // namespace
}  // namespace postern::greylistd
