#include "mta/queue/handoff_secret.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class HandoffSecretTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::string> SecretOf(const std::string& content) {
    const std::string path = dir_.path() + "/secret";
    EXPECT_TRUE(WriteFile(path, content).ok());
    config_.mutable_handoff()->set_secret_file(path);
    return HandoffSecretFrom(config_);
  }

  const testing::TempDir dir_;
  config::v1::Mta config_;
};

TEST_F(HandoffSecretTest, IsWhatTheFileHolds) {
  config_.mutable_handoff()->add_peers("mta:25");
  const std::string secret(32, 'x');
  EXPECT_THAT(SecretOf(secret + "\n"), IsOkAndHolds(secret));
}

TEST_F(HandoffSecretTest, IsNotReadWithoutPeers) {
  config_.mutable_handoff()->set_secret_file("/nonexistent");
  EXPECT_THAT(HandoffSecretFrom(config_), IsOkAndHolds(""));
}

TEST_F(HandoffSecretTest, MustBeThereForWhoGivesOrTakes) {
  config_.mutable_handoff()->add_networks("10.0.0.0/8");
  EXPECT_THAT(HandoffSecretFrom(config_),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("handoff.secret_file: must be set")));
  config_.mutable_handoff()->set_secret_file("/nonexistent");
  EXPECT_THAT(HandoffSecretFrom(config_),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("handoff.secret_file: /nonexistent")));
}

TEST_F(HandoffSecretTest, MustBeLong) {
  config_.mutable_handoff()->add_peers("mta:25");
  EXPECT_THAT(SecretOf(std::string(31, 'x') + "  \n"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("fewer than 32 characters")));
}

}  // namespace
}  // namespace postern::mta::queue
