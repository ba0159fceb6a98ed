#include "dkimd/signing_plan.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/config/config.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::dkimd {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

absl::StatusOr<SigningPlan> Read(absl::string_view yaml,
                                 std::vector<std::string>* files = nullptr) {
  config::v1::DkimSigning config;
  const absl::Status loaded = config::Load(yaml, "test.yaml", config);
  EXPECT_TRUE(loaded.ok()) << loaded;
  std::vector<std::string> unused;
  return SigningPlan::FromConfig(config, files ? *files : unused);
}

// The signatures for an author as "d s path i".
std::vector<std::string> Shown(const SigningPlan& plan, const char* local_part,
                               const char* domain) {
  std::vector<std::string> all;
  for (const Identity& identity :
       plan.For({.local_part = local_part, .domain = domain})) {
    all.push_back(absl::StrCat(identity.domain, " ", identity.selector, " ",
                               identity.key.path, " ", identity.signer));
  }
  return all;
}

TEST(SigningPlanTest, ADomainSignsWithAllItsKeys) {
  const auto plan = Read(R"(
domains:
  - domain: falcot.com
    keys:
      - {selector: mail, file: /k/mail.private}
      - {selector: ed}
)");
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(
      Shown(*plan, "raphael", "Falcot.com"),
      ElementsAre("falcot.com mail /k/mail.private ",
                  "falcot.com ed /etc/postern/dkim/falcot.com/ed.private "));
  EXPECT_THAT(Shown(*plan, "raphael", "mail.falcot.com"), IsEmpty());
  EXPECT_THAT(Shown(*plan, "raphael", "example.org"), IsEmpty());
  EXPECT_TRUE(plan->SignsFor("falcot.com"));
  EXPECT_FALSE(plan->SignsFor("example.org"));
}

TEST(SigningPlanTest, SubdomainsAreSignedInTheNameOfTheDomain) {
  const auto plan = Read(R"(
domains:
  - domain: [falcot.com, example.org]
    subdomains: true
    keys: [{selector: mail, file: /k/%/mail.private}]
  - domain: own.falcot.com
    keys: [{selector: own, file: /k/own.private}]
)");
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(Shown(*plan, "r", "a.b.falcot.com"),
              ElementsAre("falcot.com mail /k/falcot.com/mail.private "));
  EXPECT_THAT(Shown(*plan, "r", "own.falcot.com"),
              ElementsAre("own.falcot.com own /k/own.private "));
  // own.falcot.com has no sub-domains of its own.
  EXPECT_THAT(Shown(*plan, "r", "x.own.falcot.com"),
              ElementsAre("falcot.com mail /k/falcot.com/mail.private "));
  EXPECT_THAT(Shown(*plan, "r", "notfalcot.com"), IsEmpty());
}

// opendkim's own files, as people have them.
class TablesTest : public ::testing::Test {
 protected:
  absl::StatusOr<SigningPlan> Tables(const std::string& signing,
                                     const std::string& keys,
                                     const std::string& more = "") {
    EXPECT_THAT(WriteFile(folder_.path() + "/signing", signing), IsOk());
    EXPECT_THAT(WriteFile(folder_.path() + "/keys", keys), IsOk());
    return Read(absl::StrCat("signing_table: 'refile:", folder_.path(),
                             "/signing'\nkey_table: '", folder_.path(),
                             "/keys'\n", more),
                &files_);
  }

  testing::TempDir folder_;
  std::vector<std::string> files_;
};

TEST_F(TablesTest, TheTablesOfOpendkimSign) {
  const auto plan = Tables(
      "*@falcot.com falcot\n"
      "*@example.org any:@%\n"
      "*@example.net any:elsewhere.example\n"
      "*@*.example.com %\n",
      "falcot falcot.com:mail:/k/falcot.private\n"
      "any %:s1:/k/%/s1.private\n"
      "a.example.com a.example.com:x:/k/x.private\n");
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(files_, UnorderedElementsAre(folder_.path() + "/signing",
                                           folder_.path() + "/keys"));
  EXPECT_THAT(Shown(*plan, "r", "falcot.com"),
              ElementsAre("falcot.com mail /k/falcot.private "));
  EXPECT_THAT(
      Shown(*plan, "r", "example.org"),
      ElementsAre("example.org s1 /k/example.org/s1.private @example.org"));
  // A signer of another domain is left out.
  EXPECT_THAT(Shown(*plan, "r", "example.net"),
              ElementsAre("example.net s1 /k/example.net/s1.private "));
  EXPECT_THAT(Shown(*plan, "r", "a.example.com"),
              ElementsAre("a.example.com x /k/x.private "));
  EXPECT_THAT(Shown(*plan, "r", "b.example.com"), IsEmpty());
}

TEST_F(TablesTest, MultipleSignaturesAreAllMatches) {
  const std::string signing = "*@falcot.com one\n* two\n* one\n";
  const std::string keys =
      "one falcot.com:one:/k/one.private\ntwo esp.example:two:/k/two.private\n";
  EXPECT_THAT(Shown(*Tables(signing, keys), "r", "falcot.com"), SizeIs(1));
  EXPECT_THAT(Shown(*Tables(signing, keys, "multiple_signatures: true"), "r",
                    "falcot.com"),
              ElementsAre("falcot.com one /k/one.private ",
                          "esp.example two /k/two.private "));
}

// DK-17, from the author to the path.
TEST_F(TablesTest, AnAuthorWhoseDomainIsAPathIsNotSigned) {
  const auto plan = Tables("* any\n", "any %:mail:/k/%/mail.private\n");
  ASSERT_THAT(plan, IsOk());
  for (const char* domain : {"../../etc/x", "[192.0.2.1]", "", "a..b"}) {
    EXPECT_THAT(Shown(*plan, "r", domain), IsEmpty()) << domain;
  }
}

TEST_F(TablesTest, ABrokenTableIsAnErrorThatNamesItsLine) {
  EXPECT_THAT(Tables("*@falcot.com falcot\n*@x.example missing\n",
                     "falcot falcot.com:mail:/k\n"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("/signing:2: the key table has no")));
  EXPECT_THAT(Tables("*@falcot.com falcot\n", "falcot falcot.com\n"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("signing.key_table: ")));
  EXPECT_THAT(Tables("*@falcot.com\n", "falcot falcot.com:mail:/k\n"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("signing.signing_table: ")));
  EXPECT_THAT(Read("{signing_table: /does/not/exist}"),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("signing.signing_table: ")));
}

TEST_F(TablesTest, AHundredThousandDomainsAreReadAtOnce) {
  std::string signing;
  std::string keys;
  for (int i = 0; i < 100'000; ++i) {
    absl::StrAppend(&signing, "*@d", i, ".example d", i, "\n");
    absl::StrAppend(&keys, "d", i, " d", i, ".example:mail:/k/d", i,
                    ".private\n");
  }
  const absl::Time start = absl::Now();
  const auto plan = Tables(signing, keys);
  ASSERT_THAT(plan, IsOk());
  EXPECT_LT(absl::Now() - start, absl::Seconds(20));
  EXPECT_THAT(Shown(*plan, "r", "d99999.example"),
              ElementsAre("d99999.example mail /k/d99999.private "));
  EXPECT_THAT(plan->Keys(1000), SizeIs(1000));
}

TEST(SigningPlanTest, KeysThatNeedNoAuthorAreKnown) {
  const auto plan = Read(R"(
domains:
  - domain: falcot.com
    keys: [{selector: mail, file: /k/mail.private}, {selector: ed}]
signing_table: 'csl:*=any,*=one'
key_table: 'csl:any=%:s:/k/%/s,one=example.org:s:/k/one'
)");
  ASSERT_THAT(plan, IsOk());
  std::vector<std::string> paths;
  for (const dkim::KeySource& key : plan->Keys(1000)) paths.push_back(key.path);
  EXPECT_THAT(paths, UnorderedElementsAre(
                         "/k/mail.private",
                         "/etc/postern/dkim/falcot.com/ed.private", "/k/one"));
}

TEST(SigningPlanTest, ABrokenDomainIsAnError) {
  for (const char* yaml :
       {"domains: [{domain: 'a/b', keys: [{selector: s}]}]",
        "domains: [{domain: a.example, keys: [{selector: '../s'}]}]",
        "domains: [{domain: [a.example, A.example], keys: [{selector: s}]}]"}) {
    EXPECT_THAT(Read(yaml), StatusIs(absl::StatusCode::kInvalidArgument,
                                     HasSubstr("signing.domains: ")))
        << yaml;
  }
}

}  // namespace
}  // namespace postern::dkimd
