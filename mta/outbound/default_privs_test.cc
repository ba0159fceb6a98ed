#include "mta/outbound/default_privs.h"

#include <unistd.h>

#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::StatusIs;

TEST(DefaultPrivsTest, AreNeededOnlyIfSomethingIsWrittenOrRun) {
  config::v1::Mta config;
  config.set_default_privs("root");
  EXPECT_EQ(DefaultPrivs(config).value(), std::nullopt);
}

// MTA-33.
TEST(DefaultPrivsTest, AreNeverThoseOfRoot) {
  config::v1::Mta config;
  config.add_allow_mail_to_commands("alias");
  config.set_default_privs("nobody");
  const auto owner = DefaultPrivs(config);
  ASSERT_TRUE(owner.ok()) << owner.status();
  if (::geteuid() != 0) {
    EXPECT_EQ(*owner, std::nullopt);
    return;
  }
  ASSERT_TRUE(owner->has_value());
  EXPECT_NE((*owner)->uid, 0u);
  for (const char* name : {"root", "", "no-such-user"}) {
    config.set_default_privs(name);
    EXPECT_THAT(DefaultPrivs(config).status(),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << name;
  }
}

}  // namespace
}  // namespace postern::mta::outbound
