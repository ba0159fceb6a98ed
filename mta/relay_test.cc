#include "mta/relay.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/config/config.h"
#include "lib/daemon/parts.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class RelayTest : public ::testing::Test {
 protected:
  config::v1::Mta Config(const std::string& yaml) {
    config::v1::Mta config;
    const absl::Status loaded = config::Load(
        absl::StrCat("daemon: {metrics: '', admin: {listen: ''}}\n",
                     "myhostname: relay.example.net\n",
                     "dns: {local_data: ['example.net. A 127.0.0.1']}\n",
                     "listeners: [{listen: '127.0.0.1:0'}]\n",
                     "queue: {directory: ", dir_.path(), "/queue}\n", yaml),
        "test", config);
    EXPECT_THAT(loaded, IsOk());
    return config;
  }

  std::unique_ptr<daemon::Parts> MakeParts(const config::v1::Mta& config) {
    return std::make_unique<daemon::Parts>(
        "mta", config.daemon(), net::Runtime::Create({.reactors = 2}).value());
  }

  testing::TempDir dir_;
};

TEST_F(RelayTest, StartsServesAndDrains) {
  const config::v1::Mta config = Config("");
  const auto parts = MakeParts(config);
  ASSERT_THAT(Check(config), IsOk());
  ASSERT_THAT(Start(config, *parts), IsOk());
  ASSERT_THAT(parts->OpenOwnSockets(), IsOk());
  parts->Serve();
  EXPECT_TRUE(parts->Drain(absl::Seconds(30)));
}

TEST_F(RelayTest, TwoRelaysDoNotShareASpool) {
  const config::v1::Mta config = Config("");
  const auto first = MakeParts(config);
  ASSERT_THAT(Start(config, *first), IsOk());
  first->Serve();
  {
    const auto second = MakeParts(config);
    EXPECT_THAT(Start(config, *second),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         HasSubstr(dir_.path())));
  }
  EXPECT_TRUE(first->Drain(absl::Seconds(30)));
}

// MTA-36: a list that never says no would be an open relay.
TEST_F(RelayTest, RefusesAConfigurationThatWouldRelayForAnyone) {
  EXPECT_THAT(Check(Config("smtpd_relay_restrictions: [permit_mynetworks]\n")),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("smtpd_relay_restrictions")));
}

TEST_F(RelayTest, RefusesALifetimeThatIsOverBeforeTheFirstRetry) {
  config::v1::Mta config = Config("");
  config.mutable_queue()->mutable_maximal_queue_lifetime()->set_seconds(1);
  EXPECT_THAT(Check(config), StatusIs(absl::StatusCode::kInvalidArgument,
                                      StartsWith("queue.")));
}

}  // namespace
}  // namespace postern::mta
