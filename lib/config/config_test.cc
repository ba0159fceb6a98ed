#include "lib/config/config.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "google/protobuf/duration.pb.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/config/example.pb.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::config {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::postern::testing::TempDir;
using testing::Example;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ConfigTest, ReadsAFile) {
  const TempDir dir;
  const std::string path = dir.path() + "/example.yaml";
  ASSERT_THAT(WriteFile(path, "# comment\nname: a\nrule: {delay: 1h30m}\n"),
              IsOk());
  Example config;
  ASSERT_THAT(LoadFile(path, config), IsOk());
  EXPECT_EQ(config.name(), "a");
  EXPECT_EQ(FromProto(config.rule().delay()), absl::Minutes(90));
  EXPECT_EQ(config.count(), 500u) << "a default";
}

TEST(ConfigTest, NamesFileLineAndColumn) {
  const TempDir dir;
  const std::string path = dir.path() + "/example.yaml";
  ASSERT_THAT(WriteFile(path, "name: a\nrule:\n  delya: 5m\n"), IsOk());
  Example config;
  EXPECT_THAT(
      LoadFile(path, config),
      StatusIs(
          absl::StatusCode::kInvalidArgument,
          absl::StrCat(
              path,
              ":3:3: rule.delya: unknown field; did you mean \"delay\"?")));
  EXPECT_THAT(
      Load("a: [", "x.yaml", config),
      StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("x.yaml:1:")));
}

TEST(ConfigTest, NamesAFileThatCannotBeRead) {
  const TempDir dir;
  Example config;
  EXPECT_THAT(LoadFile(dir.path() + "/none.yaml", config),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none.yaml")));
  const std::string large = dir.path() + "/large.yaml";
  ASSERT_THAT(WriteFile(large, std::string((1 << 20) + 1, '#')), IsOk());
  EXPECT_THAT(LoadFile(large, config),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(ConfigTest, LeavesTheMessageAloneOnError) {
  Example config;
  config.set_name("before");
  EXPECT_FALSE(Load("name: after\ncount: many\n", "x.yaml", config).ok());
  EXPECT_EQ(config.name(), "before");
  EXPECT_EQ(config.count(), 0u);
}

TEST(ConfigTest, ReplacesWhatTheMessageHeld) {
  Example config;
  config.set_name("before");
  config.add_words("before");
  ASSERT_THAT(Load("flag: true\n", "x.yaml", config), IsOk());
  EXPECT_EQ(config.name(), "");
  EXPECT_EQ(config.words_size(), 0);
}

TEST(ConfigTest, TakesAnEmptyFileForTheDefaults) {
  Example from_file;
  Example without;
  ASSERT_THAT(Load("", "x.yaml", from_file), IsOk());
  ASSERT_THAT(ApplyDefaults(without), IsOk());
  EXPECT_EQ(Print(from_file), Print(without));
  EXPECT_EQ(without.count(), 500u);
}

TEST(ConfigTest, NamesARequiredFieldWithoutAFile) {
  testing::Required config;
  EXPECT_THAT(ApplyDefaults(config),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "remote.endpoint: must be set, and is not"));
}

TEST(ConfigTest, PrintsWhatItReadsBack) {
  Example config;
  ASSERT_THAT(Load("words: [a, 'b: c']\nfile: x\n", "x.yaml", config), IsOk());
  const std::string printed = Print(config);
  Example again;
  ASSERT_THAT(Load(printed, "printed", again), IsOk()) << printed;
  EXPECT_EQ(Print(again), printed);
}

TEST(ConfigTest, ConvertsDurations) {
  google::protobuf::Duration duration;
  duration.set_seconds(2);
  duration.set_nanos(5);
  EXPECT_EQ(FromProto(duration), absl::Seconds(2) + absl::Nanoseconds(5));
}

}  // namespace
}  // namespace postern::config
