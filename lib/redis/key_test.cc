#include "lib/redis/key.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::redis {
namespace {

using ::testing::MatchesRegex;

TEST(KeyTest, ShowsItsTagAndParts) {
  EXPECT_EQ(Key("postern:", "reports", {"example.org", "2026-11-24"}),
            "postern:{reports}:11:example.org10:2026-11-24");
}

TEST(KeyTest, HashedKeysHaveAFixedLength) {
  const std::string key = HashedKey("postern:", "192.0.2.0/24", {"a", "b"});
  EXPECT_THAT(key,
              MatchesRegex("postern:\\{192\\.0\\.2\\.0/24\\}:[0-9a-f]{32}"));
  EXPECT_EQ(
      HashedKey("postern:", "192.0.2.0/24", {std::string(9999, 'x')}).size(),
      key.size());
}

TEST(KeyTest, HashingIsStable) {
  // SHA-256 of "1:a1:b": replicas of different versions must agree.
  EXPECT_EQ(HashedKey("", "t", {"a", "b"}),
            "{t}:facdde7abf1eac5b301273ab2e282f79");
}

TEST(KeyTest, Mta32PartsCannotRunIntoEachOther) {
  const std::set<std::string> keys = {
      HashedKey("", "t", {"ab", "c"}), HashedKey("", "t", {"a", "bc"}),
      HashedKey("", "t", {"abc"}),     HashedKey("", "t", {"abc", ""}),
      HashedKey("", "t", {"1:a1:b"}),  HashedKey("", "t", {}),
      Key("", "t", {"ab", "c"}),       Key("", "t", {"a", "bc"}),
      Key("", "t", {"a1:b"}),          Key("", "t", {"a", "b"})};
  EXPECT_EQ(keys.size(), 10u);
}

TEST(KeyTest, Mta32ATagCannotBreakOutOfItsBraces) {
  for (const char* tag :
       {"a}b", "{", "", "with space", "line\r\nbreak", "#0123", "\xff"}) {
    SCOPED_TRACE(tag);
    EXPECT_THAT(Key("p:", tag, {"x"}),
                MatchesRegex("p:\\{#[0-9a-f]{32}\\}:1:x"));
  }
}

TEST(KeyTest, Rd06ALongTagIsHashed) {
  const std::string longest(64, 'x');
  EXPECT_EQ(Key("", longest, {}), "{" + longest + "}:");
  EXPECT_EQ(Key("", longest + "x", {}).size(), 1 + 1 + 32 + 2u);
}

TEST(KeyTest, DifferentTagsStayDifferentWhenHashed) {
  EXPECT_NE(Key("", "a b", {}), Key("", "a c", {}));
}

}  // namespace
}  // namespace postern::redis
