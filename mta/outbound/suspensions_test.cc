#include "mta/outbound/suspensions.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class SuspensionsTest : public ::testing::Test {
 protected:
  bool IsSuspended(const std::string& domain, absl::Time now = kNow) const {
    return suspensions_.Find(domain, {"mx.partner.test"}, now).has_value();
  }

  const testing::TempDir dir_;
  const std::string file_ = dir_.path() + "/suspensions";
  Suspensions suspensions_;
};

TEST_F(SuspensionsTest, HoldForTheirDestinationAndTime) {
  EXPECT_FALSE(IsSuspended("example.org"));
  ASSERT_THAT(suspensions_.Add({.pattern = "Example.org",
                                .since = kNow,
                                .until = kNow + absl::Hours(2)}),
              IsOk());
  EXPECT_TRUE(IsSuspended("example.org"));
  EXPECT_FALSE(IsSuspended("other.org"));
  EXPECT_FALSE(IsSuspended("example.org", kNow + absl::Hours(2)));
  EXPECT_THAT(suspensions_.List(kNow), SizeIs(1));
  EXPECT_THAT(suspensions_.List(kNow + absl::Hours(3)), IsEmpty());
}

TEST_F(SuspensionsTest, MayBeOfExchangersOrAll) {
  ASSERT_THAT(suspensions_.Add({.pattern = "mx:.partner.test"}), IsOk());
  EXPECT_TRUE(IsSuspended("whatever.org"));
  ASSERT_THAT(suspensions_.Remove("mx:.partner.test"), IsOkAndHolds(1u));
  EXPECT_FALSE(IsSuspended("whatever.org"));
  ASSERT_THAT(suspensions_.Add({.pattern = "*"}), IsOk());
  EXPECT_TRUE(IsSuspended("whatever.org"));
}

TEST_F(SuspensionsTest, EndWhenTheOperatorSaysSo) {
  ASSERT_THAT(suspensions_.Add({.pattern = "a.test"}), IsOk());
  ASSERT_THAT(suspensions_.Add({.pattern = "a.test", .reason = "again"}),
              IsOk());
  ASSERT_THAT(suspensions_.Add({.pattern = "b.test"}), IsOk());
  EXPECT_THAT(suspensions_.Remove("c.test"), IsOkAndHolds(0u));
  EXPECT_THAT(suspensions_.RemoveAll(), IsOkAndHolds(2u));
  EXPECT_THAT(suspensions_.List(kNow), IsEmpty());
}

TEST_F(SuspensionsTest, OutliveARestart) {
  ASSERT_THAT(suspensions_.Open(file_), IsOk());
  ASSERT_THAT(suspensions_.Add({.pattern = "a.test",
                                .since = kNow,
                                .until = kNow + absl::Hours(1),
                                .reason = "they asked"}),
              IsOk());
  ASSERT_THAT(suspensions_.Add({.pattern = "b.test", .since = kNow}), IsOk());
  Suspensions later;
  ASSERT_THAT(later.Open(file_), IsOk());
  const auto all = later.List(kNow);
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].reason, "they asked");
  EXPECT_EQ(all[0].until, kNow + absl::Hours(1));
  EXPECT_EQ(all[1].until, absl::InfiniteFuture());
}

TEST_F(SuspensionsTest, ADamagedFileIsAnErrorAndStays) {
  ASSERT_THAT(WriteFile(file_, "\xff\xff"), IsOk());
  EXPECT_THAT(suspensions_.Open(file_), StatusIs(absl::StatusCode::kDataLoss));
  ASSERT_THAT(suspensions_.Add({.pattern = "a.test"}), IsOk());
  EXPECT_THAT(ReadFile(file_), IsOkAndHolds("\xff\xff"));
}

TEST_F(SuspensionsTest, NothingChangesWhenTheDiskFails) {
  ASSERT_THAT(suspensions_.Open(dir_.path() + "/no/such/folder"), IsOk());
  EXPECT_FALSE(suspensions_.Add({.pattern = "a.test"}).ok());
  EXPECT_FALSE(IsSuspended("a.test"));
}

TEST_F(SuspensionsTest, WantAPatternAndAreNotTooMany) {
  EXPECT_THAT(suspensions_.Add({.pattern = ""}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(suspensions_.Add({.pattern = "a\nb"}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  for (size_t i = 0; i < Suspensions::kMost; ++i) {
    ASSERT_THAT(suspensions_.Add({.pattern = std::to_string(i)}), IsOk());
  }
  EXPECT_THAT(suspensions_.Add({.pattern = "one.more"}),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

}  // namespace
}  // namespace postern::mta::outbound
