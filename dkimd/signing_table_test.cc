#include "dkimd/signing_table.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::dkimd {
namespace {

using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

SigningTable Table(absl::string_view text, bool has_patterns) {
  return SigningTable::Create(
             dkim::DataSet::ParseFile(text, "/t", has_patterns))
      .value();
}

// The keys that sign for user@domain.
std::vector<std::string> Keys(const SigningTable& table, absl::string_view user,
                              absl::string_view domain, bool all = true) {
  std::vector<std::string> keys;
  for (const SigningTable::Entry* entry : table.Find(user, domain, all)) {
    keys.push_back(entry->key);
  }
  return keys;
}

TEST(SigningTableTest, APlainTableIsAskedFromTheNarrowestToTheWidest) {
  const SigningTable table = Table(
      "*                      all\n"
      "raphael@*              user-anywhere\n"
      ".com                   below-com\n"
      ".falcot.com            below-falcot\n"
      "raphael@.com           user-below-com\n"
      "raphael@.falcot.com    user-below-falcot\n"
      "mail.falcot.com        host\n"
      "raphael@mail.falcot.com  address\n",
      /*has_patterns=*/false);
  EXPECT_THAT(
      Keys(table, "Raphael", "MAIL.Falcot.com"),
      ElementsAre("address", "host", "user-below-falcot", "user-below-com",
                  "below-falcot", "below-com", "user-anywhere", "all"));
  EXPECT_THAT(Keys(table, "raphael", "mail.falcot.com", false),
              ElementsAre("address"));
  EXPECT_THAT(Keys(table, "roland", "falcot.com"),
              ElementsAre("below-com", "all"));
}

TEST(SigningTableTest, AStarInAPlainTableIsNoPattern) {
  const SigningTable table = Table("*@falcot.com falcot\n", false);
  EXPECT_THAT(Keys(table, "raphael", "falcot.com"), IsEmpty());
}

TEST(SigningTableTest, APatternTableIsSearchedInItsOrder) {
  const SigningTable table = Table(
      "ra*@falcot.com    odd\n"
      "*@falcot.com      domain\n"
      "*@*.falcot.com    below\n"
      "raphael@falcot.com address\n"
      "*                 all\n"
      "*falcot.com       ending\n",
      /*has_patterns=*/true);
  EXPECT_THAT(Keys(table, "raphael", "falcot.com"),
              ElementsAre("odd", "domain", "address", "all", "ending"));
  EXPECT_THAT(Keys(table, "roland", "FALCOT.com", false),
              ElementsAre("domain"));
  EXPECT_THAT(Keys(table, "roland", "a.b.falcot.com"),
              ElementsAre("below", "all", "ending"));
  EXPECT_THAT(Keys(table, "x", "notfalcot.com"), ElementsAre("all", "ending"));
  EXPECT_THAT(Keys(table, "x", "example.org"), ElementsAre("all"));
}

TEST(SigningTableTest, OneAddressMayHaveSeveralKeys) {
  for (const bool has_patterns : {false, true}) {
    const SigningTable table =
        Table("u@falcot.com rsa\nu@falcot.com ed25519\n", has_patterns);
    EXPECT_THAT(Keys(table, "u", "falcot.com"), ElementsAre("rsa", "ed25519"));
    EXPECT_THAT(Keys(table, "u", "falcot.com", false), ElementsAre("rsa"));
  }
}

TEST(SigningTableTest, TheSignerStandsBehindTheKey) {
  const SigningTable table = Table("*@falcot.com  key:user@%\n", true);
  EXPECT_EQ(table.Find("u", "falcot.com", false)[0]->signer, "user@%");
  EXPECT_EQ(table.Find("u", "falcot.com", false)[0]->line, 1);
}

TEST(SigningTableTest, ALineWithoutAKeyIsAnError) {
  EXPECT_THAT(
      SigningTable::Create(
          dkim::DataSet::ParseFile("a@b k\n\n*@c :x\n", "/t", true)),
      StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("/t:3: ")));
}

TEST(SigningTableTest, PatternsMatchTheWholeText) {
  struct Case {
    const char* pattern;
    const char* text;
    bool matches;
  };
  const Case cases[] = {
      {"*", "", true},
      {"", "", true},
      {"", "a", false},
      {"a*b", "ab", true},
      {"a*b", "axxb", true},
      {"a*b", "axxbc", false},
      {"*@*.org", "a@b.org", true},
      {"*@*.org", "a@org", false},
      {"a.b", "axb", false},
      {"**a**", "bab", true},
      {"*ab", "aab", true},
      {"*abc*abd", "abcabcabd", true},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(MatchesPattern(c.pattern, c.text), c.matches)
        << c.pattern << " " << c.text;
  }
}

// A linear search takes minutes for this; an index well below a second, with
// room for slow machines and sanitizers.
TEST(SigningTableTest, AHundredThousandDomainsCostLikeTen) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) {
    absl::StrAppend(&text, "*@d", i, ".example  k", i, "\n");
  }
  const absl::Time start = absl::Now();
  const SigningTable table = Table(text, true);
  for (int i = 0; i < 100'000; ++i) {
    const auto found = table.Find("u", absl::StrCat("d", i, ".example"), false);
    ASSERT_EQ(found.size(), 1u);
    ASSERT_EQ(found[0]->line, i + 1);
  }
  EXPECT_LT(absl::Now() - start, absl::Seconds(20));
}

}  // namespace
}  // namespace postern::dkimd
