#include "mta/outbound/run_as.h"

#include <pwd.h>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

TEST(RunAsTest, FindsTheUserAndTheGroup) {
  const struct passwd* const nobody = ::getpwnam("nobody");
  ASSERT_NE(nobody, nullptr);
  const auto owner = RunAs("nobody");
  ASSERT_THAT(owner, IsOk());
  EXPECT_EQ(owner->uid, nobody->pw_uid);
  EXPECT_EQ(owner->gid, nobody->pw_gid);
  const auto with_group = RunAs("nobody:mail");
  ASSERT_THAT(with_group, IsOk());
  EXPECT_EQ(with_group->uid, nobody->pw_uid);
  EXPECT_NE(with_group->gid, nobody->pw_gid);
}

TEST(RunAsTest, RootIsNobodyToRunAs) {
  for (const char* who : {"root", "root:mail", "nobody:root"}) {
    EXPECT_THAT(RunAs(who), StatusIs(absl::StatusCode::kInvalidArgument,
                                     HasSubstr("root")));
  }
}

TEST(RunAsTest, WhoIsNotThereIsTold) {
  EXPECT_THAT(RunAs("no-such-user"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "there is no user \"no-such-user\""));
  EXPECT_THAT(RunAs("nobody:no-such-group"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "there is no group \"no-such-group\""));
  EXPECT_FALSE(RunAs("").ok());
}

}  // namespace
}  // namespace postern::mta::outbound
