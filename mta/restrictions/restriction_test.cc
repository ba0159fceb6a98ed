#include "mta/restrictions/restriction.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::restrictions {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

using Kind = Restriction::Kind;

Restriction Parsed(absl::string_view text) {
  absl::StatusOr<Restriction> rule = ParseRestriction(text);
  EXPECT_TRUE(rule.ok()) << text << ": " << rule.status();
  return rule.ok() ? *std::move(rule) : Restriction();
}

TEST(RestrictionTest, KnowsPostfixNames) {
  for (const Kind kind :
       {Kind::kPermit, Kind::kReject, Kind::kDefer, Kind::kPermitMynetworks,
        Kind::kPermitAuthDestination, Kind::kRejectUnauthDestination}) {
    const Restriction rule = Parsed(RestrictionName(kind));
    EXPECT_EQ(rule.kind, kind);
    EXPECT_FALSE(rule.warn_if_reject);
  }
}

TEST(RestrictionTest, WarnIfRejectStandsBeforeAnother) {
  const Restriction rule =
      Parsed(" warn_if_reject  reject_unauth_destination ");
  EXPECT_EQ(rule.kind, Kind::kRejectUnauthDestination);
  EXPECT_TRUE(rule.warn_if_reject);
  EXPECT_TRUE(
      Parsed("warn_if_reject check_policy_service unix:/p").warn_if_reject);
}

TEST(RestrictionTest, APolicyServiceIsATcpOrUnixSocket) {
  EXPECT_EQ(
      Parsed("check_policy_service inet:127.0.0.1:10023").endpoint.ToString(),
      "127.0.0.1:10023");
  EXPECT_EQ(
      Parsed("check_policy_service inet:localhost:10023").endpoint.ToString(),
      "127.0.0.1:10023");
  EXPECT_EQ(Parsed("check_policy_service inet:[::1]:10023").endpoint.ToString(),
            "[::1]:10023");
  EXPECT_EQ(
      Parsed("check_policy_service unix:/run/greylistd").endpoint.unix_path,
      "/run/greylistd");
}

TEST(RestrictionTest, APolicyServiceMayHaveAttributesInBraces) {
  const Restriction rule = Parsed(
      "check_policy_service { inet:127.0.0.1:10023, timeout=5s, "
      "default_action = 451 4.3.5 Try later }");
  EXPECT_EQ(rule.endpoint.ToString(), "127.0.0.1:10023");
  EXPECT_EQ(rule.timeout, absl::Seconds(5));
  ASSERT_TRUE(rule.default_action.has_value());
  EXPECT_EQ(rule.default_action->code, 451);
  EXPECT_EQ(rule.default_action->text, "4.3.5 Try later");
  EXPECT_FALSE(Parsed("check_policy_service {unix:/p}").timeout.has_value());
}

TEST(RestrictionTest, SaysWhatIsWrong) {
  struct Case {
    const char* text;
    const char* want;
  };
  const Case cases[] = {
      {"", "empty restriction"},
      {"warn_if_reject", "needs a restriction"},
      {"permit_mynetwork", "did you mean \"permit_mynetworks\"?"},
      {"reject_unauth_destinations",
       "did you mean \"reject_unauth_destination\"?"},
      {"check_policy_servic inet:x", "did you mean \"check_policy_service\"?"},
      {"permit, reject", "unknown restriction \"permit,\""},
      {"permit reject", "a list entry of its own"},
      {"check_policy_service", "needs inet:host:port"},
      {"check_policy_service 127.0.0.1:10023", "is not inet:"},
      {"check_policy_service inet:127.0.0.1", "127.0.0.1"},
      {"check_policy_service inet:greylist.example.org:10023",
       "must be an address"},
      {"check_policy_service inet:127.0.0.1:0", ""},
      {"check_policy_service { inet:127.0.0.1:1", "not closed"},
      {"check_policy_service { }", "is not inet:"},
      {"check_policy_service { unix:/p, timeout=5 }", ""},
      {"check_policy_service { unix:/p, timeout=0 }", "positive"},
      {"check_policy_service { unix:/p, retries=5 }", "\"retries\" is not"},
      {"check_policy_service { unix:/p, default_action=permit }",
       "not an action"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(ParseRestriction(c.text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.want)))
        << c.text;
  }
}

TEST(RestrictionTest, ANameLikeNoOtherGetsNoSuggestion) {
  EXPECT_THAT(ParseRestriction("xyzzy"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       Not(HasSubstr("did you mean"))));
}

TEST(RestrictionTest, ADefaultActionIsAnActionOfItsOwn) {
  EXPECT_EQ(ParseDefaultAction("DUNNO")->kind, policy::Verdict::Kind::kDunno);
  EXPECT_FALSE(ParseDefaultAction("reject_unauth_destination").ok());
  EXPECT_FALSE(ParseDefaultAction("").ok());
}

}  // namespace
}  // namespace postern::mta::restrictions
