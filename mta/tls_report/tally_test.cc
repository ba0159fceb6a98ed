#include "mta/tls_report/tally.h"

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::tls_report {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const absl::CivilDay kDay(2026, 11, 29);
const Subject kOrg = {kDay, "example.org"};
const Subject kNet = {kDay, "example.net"};

TEST(TallyTest, CountsByDomainDayAndKind) {
  Tally tally({});
  tally.Add(kOrg, "good", 1);
  tally.Add(kOrg, "good", 2);
  tally.Add(kOrg, "bad", 1);
  tally.Add({kDay + 1, "example.org"}, "good", 1);
  EXPECT_EQ(tally.domains(), 2);
  EXPECT_THAT(
      tally.Take(),
      ElementsAre(Pair(kOrg, ElementsAre(Pair("bad", 1), Pair("good", 3))),
                  Pair(Subject{kDay + 1, "example.org"},
                       ElementsAre(Pair("good", 1)))));
  EXPECT_THAT(tally.Take(), IsEmpty());
}

TEST(TallyTest, HasRoomForSoManyDomainsADay) {
  Tally tally({.domains = 1});
  EXPECT_EQ(tally.Add(kOrg, "good", 1), Counted::kYes);
  EXPECT_EQ(tally.Add(kNet, "good", 1), Counted::kTooManyDomains);
  EXPECT_EQ(tally.Add(kOrg, "bad", 1), Counted::kYes);
  EXPECT_EQ(tally.Add({kDay + 1, "example.net"}, "good", 1), Counted::kYes);
  tally.Take();
  EXPECT_EQ(tally.Add(kNet, "good", 1), Counted::kYes);
}

TEST(TallyTest, HasRoomForSoManyKindsADomain) {
  Tally tally({.kinds = 2});
  EXPECT_EQ(tally.Add(kOrg, "1", 1), Counted::kYes);
  EXPECT_EQ(tally.Add(kOrg, "2", 1), Counted::kYes);
  EXPECT_EQ(tally.Add(kOrg, "3", 1), Counted::kTooManyKinds);
  EXPECT_EQ(tally.Add(kOrg, "1", 1), Counted::kYes);
  EXPECT_EQ(tally.Add(kNet, "3", 1), Counted::kYes);
}

TEST(TallyTest, ACountEndsSomewhere) {
  KindCounts counts;
  AddTo(counts, "good", UINT32_MAX, {});
  EXPECT_EQ(counts["good"], kMostSessions);
  AddTo(counts, "good", kMostSessions, {});
  EXPECT_EQ(counts["good"], kMostSessions);
}

TEST(TallyTest, DaysAreThoseOfUtc) {
  const absl::Time late = absl::FromUnixSeconds(1'795'996'799);
  EXPECT_EQ(DayOf(late), absl::CivilDay(2026, 11, 29));
  EXPECT_EQ(DayOf(late + absl::Seconds(1)), absl::CivilDay(2026, 11, 30));
  EXPECT_EQ(StartOf(DayOf(late) + 1), late + absl::Seconds(1));
  EXPECT_EQ(NameOf(DayOf(late)), "2026-11-29");
}

}  // namespace
}  // namespace postern::mta::tls_report
