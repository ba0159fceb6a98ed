#include "mta/server/handoff_settings.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::server {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(HandoffSettingsTest, NobodyMayGiveByDefault) {
  const auto settings = HandoffSettings::FromConfig({});
  ASSERT_THAT(settings, IsOk());
  EXPECT_THAT(settings->givers, IsEmpty());
}

TEST(HandoffSettingsTest, WhoMayGiveMustKnowTheSecret) {
  const testing::TempDir dir;
  const std::string file = dir.path() + "/secret";
  ASSERT_THAT(WriteFile(file, std::string(32, 's')), IsOk());
  config::v1::Mta config;
  config.mutable_handoff()->add_networks("10.0.0.0/8");
  EXPECT_THAT(HandoffSettings::FromConfig(config).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("handoff.secret_file: ")));
  config.mutable_handoff()->set_secret_file(file);
  const auto settings = HandoffSettings::FromConfig(config);
  ASSERT_THAT(settings, IsOk());
  EXPECT_THAT(settings->givers, SizeIs(1));
  EXPECT_EQ(settings->secret, std::string(32, 's'));
}

TEST(HandoffSettingsTest, NamesTheFieldAtFault) {
  config::v1::Mta config;
  config.mutable_handoff()->add_networks("everybody");
  EXPECT_THAT(HandoffSettings::FromConfig(config).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("handoff.networks: ")));
}

}  // namespace
}  // namespace postern::mta::server
