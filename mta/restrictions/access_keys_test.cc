#include "mta/restrictions/access_keys.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/config/config.h"

namespace postern::mta::restrictions {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(AccessKeysTest, ADomainThenItsParents) {
  EXPECT_THAT(DomainKeys("Mail.Example.ORG", {}),
              ElementsAre("mail.example.org", "example.org", "org"));
  EXPECT_THAT(DomainKeys("mail.example.org", {.parents_without_dot = false}),
              ElementsAre("mail.example.org", ".example.org", ".org"));
  EXPECT_THAT(DomainKeys("unknown", {}), ElementsAre("unknown"));
  EXPECT_THAT(DomainKeys("", {}), IsEmpty());
  EXPECT_THAT(DomainKeys("192.0.2.1", {}), ElementsAre("192.0.2.1"));
}

TEST(AccessKeysTest, AnAddressThenItsNetworks) {
  EXPECT_THAT(AddressKeys("192.0.2.1"),
              ElementsAre("192.0.2.1", "192.0.2", "192.0", "192"));
  EXPECT_THAT(AddressKeys("2001:db8::1"),
              ElementsAre("2001:db8::1", "2001:db8:", "2001:db8", "2001"));
}

TEST(AccessKeysTest, AMailAddressThenItsDomainThenItsUser) {
  EXPECT_THAT(MailKeys({"user", "Example.org"}, {}),
              ElementsAre("user@example.org", "example.org", "org", "user@"));
  EXPECT_THAT(
      MailKeys({"user+ext", "example.org"}, {}),
      ElementsAre("user+ext@example.org", "example.org", "org", "user+ext@"));
  EXPECT_THAT(MailKeys({"user+ext", "example.org"}, {.delimiters = "+"}),
              ElementsAre("user+ext@example.org", "user@example.org",
                          "example.org", "org", "user+ext@", "user@"));
  EXPECT_THAT(MailKeys({"+x", "a"}, {.delimiters = "+"}),
              ElementsAre("+x@a", "a", "+x@"));
}

TEST(AccessKeysTest, OwnersAreLookedUpWithTheDomainAlways) {
  EXPECT_THAT(
      OwnerKeys({"user+ext", "example.org"}, "+"),
      ElementsAre("user+ext@example.org", "user@example.org", "@example.org"));
}

TEST(AccessKeysTest, AVeryLongNameIsBounded) {
  std::string name = "a";
  for (int i = 0; i < 1000; ++i) name += ".a";
  EXPECT_THAT(DomainKeys(name, {}), SizeIs(kMaxKeys));
}

TEST(AccessKeysTest, TablesWithPatterns) {
  for (const char* spec :
       {"regexp:/r", "pcre:/p", "cidr:/c", "unionmap:{hash:/h, regexp:/r}"}) {
    EXPECT_TRUE(HasPatterns(spec)) << spec;
  }
  for (const char* spec : {"hash:/r", "static:OK", "redis:x", "inline:{a=b}",
                           "unionmap:{hash:/h}"}) {
    EXPECT_FALSE(HasPatterns(spec)) << spec;
  }
}

TEST(AccessKeysTest, TheConfigurationSaysWhatParentsLookLike) {
  config::v1::Mta config;
  ASSERT_TRUE(config::ApplyDefaults(config).ok());
  EXPECT_TRUE(KeyRules::FromConfig(config).parents_without_dot);
  config.clear_parent_domain_matches_subdomains();
  EXPECT_FALSE(KeyRules::FromConfig(config).parents_without_dot);
}

}  // namespace
}  // namespace postern::mta::restrictions
