#include "greylistd/rules.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/config/config.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::greylistd {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using VerdictKind = policy::Verdict::Kind;

config::v1::Greylistd Config(const std::string& yaml) {
  config::v1::Greylistd config;
  EXPECT_THAT(config::Load(yaml, "greylistd.yaml", config), IsOk());
  return config;
}

absl::StatusOr<Rules> Make(const std::string& yaml) {
  return Rules::FromConfig(Config(yaml));
}

Subject SubjectOf(const char* client, absl::string_view recipient) {
  Subject subject;
  subject.client = net::IpAddress::Parse(client).value();
  subject.client_name = "mail.example.org";
  subject.sender = "alice@example.org";
  subject.recipient = recipient;
  return subject;
}

TEST(RulesTest, TheExampleConfigurationIsGood) {
  config::v1::Greylistd config;
  ASSERT_THAT(config::LoadFile("deploy/config/greylistd.yaml", config), IsOk());
  EXPECT_THAT(Rules::FromConfig(config), IsOk());
}

TEST(RulesTest, DefaultsArePostgreys) {
  const absl::StatusOr<Rules> rules = Make("{}");
  ASSERT_THAT(rules, IsOk());
  const Terms terms = rules->TermsFor("bob@example.com");
  EXPECT_EQ(terms.delay, absl::Seconds(300));
  EXPECT_EQ(terms.retry_window, absl::Hours(48));
  EXPECT_EQ(terms.max_age, absl::Hours(24 * 35));
  EXPECT_EQ(terms.allow_after, 5u);
  EXPECT_FALSE(rules->is_monitor());
  EXPECT_EQ(rules->ReasonToSkip(SubjectOf("192.0.2.1", "bob@example.com")),
            Skip::kNone);
  const policy::Verdict wait =
      rules->WaitVerdict("bob@example.com", 300, /*has_enhanced_codes=*/true);
  EXPECT_EQ(wait.kind, VerdictKind::kDeferIfPermit);
  EXPECT_EQ(wait.text,
            "4.2.0 Greylisted, see "
            "http://postgrey.schweikert.ch/help/example.com.html");
  EXPECT_THAT(
      rules->HeaderVerdict(301, absl::FromUnixSeconds(1'700'000'000)).text,
      MatchesRegex("X-Greylist: delayed 301 seconds by greylistd-[0-9.]+ at "
                   "[^ ]+; ..., .*"));
}

TEST(RulesTest, NamesFollowTheNetworksAndTheCounting) {
  const Subject subject = SubjectOf("192.0.2.77", "bob@example.com");
  const Names by_address = Make("{}")->NamesOf(subject);
  EXPECT_EQ(by_address.network, "192.0.2.0/24");
  EXPECT_EQ(by_address.triplet, "192.0.2.0/alice@example.org/bob@example.com");
  EXPECT_EQ(by_address.client, "192.0.2.77");
  const Names by_network =
      Make("auto_allow: {by: network}\nipv4_prefix: 16\n")->NamesOf(subject);
  EXPECT_EQ(by_network.client, "192.0.0.0/16");
  EXPECT_EQ(by_network.triplet, "192.0.0.0/alice@example.org/bob@example.com");
}

TEST(RulesTest, SomeNeedNotWait) {
  const absl::StatusOr<Rules> rules = Make(
      "allow_clients: [192.0.2.9, example.net]\n"
      "allow_recipients: [postmaster@]\n"
      "rules:\n"
      "- recipients: [open.example.com]\n"
      "  skip: true\n");
  ASSERT_THAT(rules, IsOk());
  EXPECT_EQ(rules->ReasonToSkip(SubjectOf("192.0.2.9", "bob@example.com")),
            Skip::kClientAllowlist);
  EXPECT_EQ(
      rules->ReasonToSkip(SubjectOf("192.0.2.1", "postmaster@example.com")),
      Skip::kRecipientAllowlist);
  EXPECT_EQ(rules->ReasonToSkip(SubjectOf("192.0.2.1", "a@open.example.com")),
            Skip::kRule);
  Subject subject = SubjectOf("192.0.2.1", "bob@example.com");
  EXPECT_EQ(rules->ReasonToSkip(subject), Skip::kNone);
  subject.is_authenticated = true;
  EXPECT_EQ(rules->ReasonToSkip(subject), Skip::kAuthenticated);
  EXPECT_EQ(Make("skip_authenticated: false")->ReasonToSkip(subject),
            Skip::kNone);
}

TEST(RulesTest, TheFirstRuleForARecipientCounts) {
  const absl::StatusOr<Rules> rules = Make(
      "delay: 10m\n"
      "rules:\n"
      "- recipients: [boss@example.com]\n"
      "  delay: 30s\n"
      "- recipients: [example.com]\n"
      "  delay: 1h\n"
      "- recipients: [example.net]\n");
  ASSERT_THAT(rules, IsOk());
  EXPECT_EQ(rules->TermsFor("boss@example.com").delay, absl::Seconds(30));
  EXPECT_EQ(rules->TermsFor("bob@example.com").delay, absl::Hours(1));
  EXPECT_EQ(rules->TermsFor("bob@example.net").delay, absl::Minutes(10));
  EXPECT_EQ(rules->TermsFor("bob@example.org").delay, absl::Minutes(10));
}

TEST(RulesTest, ACodeInTheTextIsKept) {
  EXPECT_EQ(Make("text: 4.7.1 later")
                ->WaitVerdict("a@b", 1, /*has_enhanced_codes=*/true)
                .text,
            "4.7.1 later");
  EXPECT_EQ(Make("text: later")
                ->WaitVerdict("a@b", 1, /*has_enhanced_codes=*/false)
                .text,
            "later");
}

TEST(RulesTest, ActionsMayBeACode) {
  const policy::Verdict verdict =
      Make("action: 451\ntext: wait %s s, %h\nhostname: mx.example.com")
          ->WaitVerdict("a@b", 7, /*has_enhanced_codes=*/false);
  EXPECT_EQ(verdict, (policy::Verdict{VerdictKind::kCode, 451,
                                      "wait 7 s, mx.example.com"}));
}

TEST(RulesTest, WithoutAHeaderThereIsNone) {
  EXPECT_EQ(Make("header: ''")->HeaderVerdict(300, absl::UnixEpoch()),
            policy::Verdict());
}

TEST(RulesTest, ClientsAreCountedByAddressOrNetwork) {
  const absl::StatusOr<Rules> by_address = Make("{}");
  EXPECT_THAT(by_address->CountedClient("192.0.2.1"),
              IsOkAndHolds("192.0.2.1"));
  EXPECT_THAT(by_address->CountedClient("192.0.2.0/24"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  const absl::StatusOr<Rules> by_network = Make("auto_allow: {by: network}");
  EXPECT_THAT(by_network->CountedClient("192.0.2.1"),
              IsOkAndHolds("192.0.2.0/24"));
  EXPECT_THAT(by_network->CountedClient("192.0.2.0/24"),
              IsOkAndHolds("192.0.2.0/24"));
}

TEST(RulesTest, MistakesNameTheField) {
  struct Case {
    const char* yaml;
    const char* error;
  };
  const Case cases[] = {
      {"delay: 3d", "delay: is longer than retry_window"},
      {"action: REFUSE", "action: "},
      {"action: DUNNO", "action: "},
      {"action: 250", "action: "},
      {"action: DEFER_IF_PERMIT text", "action: "},
      {"allow_clients: [a b]", "allow_clients: "},
      {"rules: [{recipients: [a b]}]", "rules[0].recipients: "},
      {"rules: [{recipients: [a], delay: 3d}]", "rules[0].delay: "},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.yaml);
    EXPECT_THAT(Make(c.yaml), StatusIs(absl::StatusCode::kInvalidArgument,
                                       HasSubstr(c.error)));
  }
}

TEST(RulesTest, ListFilesAreReadAndNamed) {
  const testing::TempDir dir;
  const std::string file = dir.path() + "/clients";
  ASSERT_THAT(WriteFile(file, "192.0.2.9\n"), IsOk());
  const absl::StatusOr<Rules> rules =
      Make("client_allowlists: [" + file + ", " + dir.path() + "/x.local]\n");
  ASSERT_THAT(rules, IsOk());
  EXPECT_EQ(rules->ReasonToSkip(SubjectOf("192.0.2.9", "a@b")),
            Skip::kClientAllowlist);
  EXPECT_THAT(rules->files(),
              ::testing::ElementsAre(file, dir.path() + "/x.local"));
  EXPECT_THAT(Make("recipient_allowlists: [/nonexistent/list]"),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST(RulesTest, DnsListsHaveTheirAnswers) {
  const absl::StatusOr<Rules> rules =
      Make("dns_allowlists: [{zone: list.example}]");
  ASSERT_THAT(rules, IsOk());
  ASSERT_EQ(rules->dns_lists().size(), 1u);
  EXPECT_EQ(rules->dns_lists()[0].zone, "list.example");
  EXPECT_THAT(
      rules->dns_lists()[0].answers,
      ::testing::ElementsAre(net::Network::Parse("127.0.0.0/16").value()));
}

}  // namespace
}  // namespace postern::greylistd
