#include "mta/filters/policy_service.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::filters {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

absl::StatusOr<PolicyService> Parse(absl::string_view text) {
  return ParsePolicyService(text, PolicyService());
}

TEST(PolicyServiceTest, ReadsWhatTheManualShows) {
  const struct {
    const char* why;
    const char* text;
    const char* name;
  } cases[] = {
      {"one endpoint", "inet:127.0.0.1:10023", "127.0.0.1:10023"},
      {"a name", "inet:greylistd:10023", "greylistd:10023"},
      {"localhost needs no DNS", "inet:localhost:10023", "127.0.0.1:10023"},
      {"IPv6", "inet:[::1]:10023", "[::1]:10023"},
      {"a Unix socket", "unix:/run/policy", "unix:/run/policy"},
      {"braces", "{ inet:127.0.0.1:1 }", "127.0.0.1:1"},
      {"several", "{ inet:a:1, inet:b:2, unix:/c }", "a:1,b:2,unix:/c"},
      {"spaces between them, as Postfix has it", "{inet:a:1 inet:b:2}",
       "a:1,b:2"},
      {"a comma at the end", "{ inet:a:1, timeout=5s, }", "a:1"},
      {"attributes first", "{ timeout=5s, inet:a:1 }", "a:1"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const absl::StatusOr<PolicyService> service = Parse(c.text);
    ASSERT_TRUE(service.ok()) << service.status();
    EXPECT_EQ(service->Name(), c.name);
  }
}

TEST(PolicyServiceTest, ReadsEveryAttribute) {
  const absl::StatusOr<PolicyService> service = Parse(
      "{ inet:a:1, timeout=5s, max_idle = 1m, { max_ttl = 2m },"
      " request_limit=7, try_limit=1, retry_delay=2s,"
      " policy_context = submission,"
      " { default_action = 451 4.3.5 No, not now } }");
  ASSERT_TRUE(service.ok()) << service.status();
  EXPECT_EQ(service->timeout, absl::Seconds(5));
  EXPECT_EQ(service->max_idle, absl::Minutes(1));
  EXPECT_EQ(service->max_ttl, absl::Minutes(2));
  EXPECT_EQ(service->request_limit, 7u);
  EXPECT_EQ(service->try_limit, 1u);
  EXPECT_EQ(service->retry_delay, absl::Seconds(2));
  EXPECT_EQ(service->policy_context, "submission");
  EXPECT_EQ(service->default_action,
            (policy::Verdict{policy::Verdict::Kind::kCode, 451,
                             "4.3.5 No, not now"}));
}

TEST(PolicyServiceTest, WhatIsNotSaidIsTheUsual) {
  config::v1::Mta config;
  config.mutable_smtpd_policy_service_timeout()->set_seconds(7);
  config.mutable_smtpd_policy_service_max_idle()->set_seconds(8);
  config.mutable_smtpd_policy_service_max_ttl()->set_seconds(9);
  config.set_smtpd_policy_service_request_limit(10);
  config.set_smtpd_policy_service_try_limit(11);
  config.mutable_smtpd_policy_service_retry_delay()->set_seconds(12);
  config.set_smtpd_policy_service_policy_context("x");
  config.set_smtpd_policy_service_default_action("DEFER");
  const absl::StatusOr<PolicyService> usual = UsualPolicyService(config);
  ASSERT_TRUE(usual.ok()) << usual.status();
  const absl::StatusOr<PolicyService> service =
      ParsePolicyService("{ inet:a:1, try_limit=2 }", *usual);
  ASSERT_TRUE(service.ok()) << service.status();
  EXPECT_EQ(service->timeout, absl::Seconds(7));
  EXPECT_EQ(service->max_idle, absl::Seconds(8));
  EXPECT_EQ(service->max_ttl, absl::Seconds(9));
  EXPECT_EQ(service->request_limit, 10u);
  EXPECT_EQ(service->try_limit, 2u);
  EXPECT_EQ(service->retry_delay, absl::Seconds(12));
  EXPECT_EQ(service->policy_context, "x");
  EXPECT_EQ(service->default_action.kind, policy::Verdict::Kind::kDefer);
}

TEST(PolicyServiceTest, AWrongDefaultActionNamesItsField) {
  config::v1::Mta config;
  config.set_smtpd_policy_service_default_action("check_something else");
  EXPECT_THAT(UsualPolicyService(config),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("smtpd_policy_service_default_action: ")));
}

TEST(PolicyServiceTest, SaysWhatIsWrong) {
  std::string many = "{";
  for (int i = 0; i < 17; ++i) absl::StrAppend(&many, " inet:h", i, ":1,");
  many += "}";
  const struct {
    const char* why;
    std::string text;
    const char* message;
  } cases[] = {
      {"nothing", "", "needs inet:host:port"},
      {"no endpoint", "{ timeout=5s }", "needs inet:host:port"},
      {"no kind", "127.0.0.1:10023", "is not inet:host:port"},
      {"no port", "inet:127.0.0.1", "no port"},
      {"port 0", "inet:127.0.0.1:0", "no port"},
      {"not closed", "{ inet:a:1", "not closed"},
      {"an inner one not closed", "{ inet:a:1, { timeout=5s }", "not closed"},
      {"closed twice", "{ inet:a:1 }, timeout=5s }", "without \"{\""},
      {"unknown attribute", "{ inet:a:1, time=5s }", "\"time\" is none of"},
      {"no time", "{ inet:a:1, timeout=0s }", "must be positive"},
      {"no tries", "{ inet:a:1, try_limit=0 }", "at least 1"},
      {"negative", "{ inet:a:1, request_limit=-1 }", "at least 0"},
      {"twice", "{ inet:a:1, inet:a:1 }", "twice"},
      {"an action that is a list", "{ inet:a:1, default_action=permit x }",
       "not an action"},
      {"too many", many, "more than 16"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(Parse(c.text), StatusIs(absl::StatusCode::kInvalidArgument,
                                        HasSubstr(c.message)));
  }
}

}  // namespace
}  // namespace postern::mta::filters
