#include "lib/daemon/flags.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::daemon {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

TEST(FlagsTest, WithoutArgumentsThereIsNoFile) {
  const Flags flags = ParseFlags({}).value();
  EXPECT_EQ(flags.config_file, "");
  EXPECT_FALSE(flags.check);
}

TEST(FlagsTest, TakesTheFileInBothForms) {
  EXPECT_EQ(ParseFlags({"--config", "/a.yaml"})->config_file, "/a.yaml");
  EXPECT_EQ(ParseFlags({"--config=/a.yaml"})->config_file, "/a.yaml");
}

TEST(FlagsTest, KnowsItsSwitches) {
  const Flags flags =
      ParseFlags({"--check", "--print-config", "--version", "--help"}).value();
  EXPECT_TRUE(flags.check);
  EXPECT_TRUE(flags.print_config);
  EXPECT_TRUE(flags.version);
  EXPECT_TRUE(flags.help);
}

TEST(FlagsTest, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(
      ParseFlags({"--confg", "x"}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"--confg\"")));
  EXPECT_THAT(ParseFlags({"--config"}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(FlagsTest, TheTextsNameTheProgram) {
  EXPECT_THAT(Usage("mta"), HasSubstr("usage: mta [--config FILE]"));
  EXPECT_EQ(Version("mta"), std::string("mta (Postern) ") + kVersion);
}

}  // namespace
}  // namespace postern::daemon
