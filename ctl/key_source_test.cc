#include "ctl/key_source.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;

TEST(KeySourceTest, KnowsTheRecordsOfAFile) {
  const testing::TempDir dir;
  const std::string path = dir.path() + "/records";
  ASSERT_THAT(WriteFile(path, "m._domainkey.a.example. 300 IN TXT \"p=\"\n"),
              IsOk());
  const auto arguments =
      Arguments::Parse({"--dns-records", path}, KeySource::DnsSyntax());
  const auto source = KeySource::Create(arguments.value(), Clock::System());
  ASSERT_THAT(source, IsOk());
  const auto found = (*source)->BlockOn((*source)->finder().Find(
      {"m._domainkey.a.example"}, (*source)->deadline()));
  ASSERT_EQ(found.front().outcome, dkim::FoundKeys::Outcome::kFound);
  EXPECT_TRUE(found.front().records.front()->is_revoked);
}

TEST(KeySourceTest, WhatIsNoServerIsAnError) {
  const auto arguments =
      Arguments::Parse({"--dns-server", "x y"}, KeySource::DnsSyntax());
  EXPECT_THAT(KeySource::Create(arguments.value(), Clock::System()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       ::testing::StartsWith("--dns-server: x y")));
  const auto missing =
      Arguments::Parse({"--dns-records", "/missing"}, KeySource::DnsSyntax());
  EXPECT_THAT(KeySource::Create(missing.value(), Clock::System()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       ::testing::StartsWith("--dns-records: /missing")));
}

TEST(JoinedTest, HasWhatBothHave) {
  const Syntax both = Joined({.options = {"-a"}, .switches = {"-b"}},
                             {.options = {"-c"}, .switches = {"-d"}});
  EXPECT_THAT(both.options, ElementsAre("-a", "-c"));
  EXPECT_THAT(both.switches, ElementsAre("-b", "-d"));
}

}  // namespace
}  // namespace postern::ctl
