#include "mta/restrictions/tempfail.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::restrictions {
namespace {

using ::postern::testing::StatusIs;
using ::testing::StartsWith;

TEST(TempfailTest, AFieldOfItsOwnIsBeforeTheUsualOne) {
  config::v1::Mta config;
  config.set_reject_tempfail_action("defer");
  EXPECT_EQ(TempfailActionOf(config, "x", "").value(), TempfailAction::kDefer);
  EXPECT_EQ(TempfailActionOf(config, "x", "defer_if_permit").value(),
            TempfailAction::kDeferIfPermit);
  EXPECT_THAT(TempfailActionOf(config, "x", "permit"),
              StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("x: ")));
  config.set_reject_tempfail_action("warn");
  EXPECT_THAT(TempfailActionOf(config, "x", ""),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("reject_tempfail_action: ")));
}

TEST(TempfailTest, DefersAtOnceOrIfNothingElseRefuses) {
  const smtp::Reply reply{450, "4.1.8", "x"};
  EXPECT_EQ(Tempfail(TempfailAction::kDefer, reply, Reason::kSender).kind,
            Outcome::Kind::kRefuse);
  EXPECT_EQ(
      Tempfail(TempfailAction::kDeferIfPermit, reply, Reason::kSender).kind,
      Outcome::Kind::kDeferIfPermit);
}

}  // namespace
}  // namespace postern::mta::restrictions
