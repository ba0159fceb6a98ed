#include "lib/dns/mx.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::dns {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Outcome = MailHosts::Outcome;

// "10: a b; 20: c".
std::string Text(const MailHosts& mail) {
  std::vector<std::string> groups;
  for (const MxGroup& group : mail.groups) {
    groups.push_back(absl::StrCat(group.preference, ":"));
    for (const std::string& host : group.hosts) {
      absl::StrAppend(&groups.back(), " ", host);
    }
  }
  std::string text;
  for (const std::string& group : groups) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", group);
  }
  return text;
}

TEST(OrderMxTest, GroupsByPreferenceAndName) {
  EXPECT_EQ(Text(OrderMx({{20, "c"}, {10, "b"}, {10, "a"}, {65535, "d"}})),
            "10: a b; 20: c; 65535: d");
}

TEST(OrderMxTest, AHostCountsWhereItIsPreferredMost) {
  EXPECT_EQ(Text(OrderMx({{20, "a"}, {10, "a"}, {20, "b"}, {20, "b"}})),
            "10: a; 20: b");
}

TEST(OrderMxTest, ANullMxMeansNoMail) {
  const MailHosts mail = OrderMx({{0, ""}});
  EXPECT_EQ(mail.outcome, Outcome::kNullMx);
  EXPECT_THAT(mail.groups, IsEmpty());
}

TEST(OrderMxTest, ANullMxBesideOthersIsIgnored) {
  const MailHosts mail = OrderMx({{0, ""}, {10, "a"}});
  EXPECT_EQ(mail.outcome, Outcome::kHosts);
  EXPECT_EQ(Text(mail), "10: a");
}

// MTA-31.
TEST(OrderMxTest, KeepsThe50MostPreferred) {
  std::vector<Mx> records;
  for (uint16_t i = 0; i < 200; ++i) {
    records.push_back({static_cast<uint16_t>(200 - i), absl::StrCat("h", i)});
  }
  const MailHosts mail = OrderMx(std::move(records));
  EXPECT_EQ(mail.groups.size(), 50u);
  EXPECT_EQ(mail.groups.back().preference, 50);
}

class LookupMxTest : public ::testing::Test {
 protected:
  absl::StatusOr<MailHosts> Lookup(const std::string& domain) {
    return runtime_->BlockOn(
        LookupMx(dns_, domain, net::Deadline::After(absl::Seconds(30))));
  }

  FakeResolver dns_{R"(
    example.org     MX    20 b.example.org
    example.org     MX    10 a.example.org
    signed.example  MX    10 a.signed.example   ; secure
    null.example    MX    0 .
    host.example    A     192.0.2.1
    broken.example  MX    SERVFAIL
    slow.example    TIMEOUT
  )"};
  const std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
};

TEST_F(LookupMxTest, FindsTheHostsInOrder) {
  const absl::StatusOr<MailHosts> mail = Lookup("example.org");
  ASSERT_THAT(mail, IsOk());
  EXPECT_EQ(Text(*mail), "10: a.example.org; 20: b.example.org");
  EXPECT_FALSE(mail->is_implicit);
  EXPECT_FALSE(mail->secure);
  EXPECT_TRUE(Lookup("signed.example")->secure);
}

TEST_F(LookupMxTest, ADomainWithoutMxIsItsOwnHost) {
  const absl::StatusOr<MailHosts> mail = Lookup("Host.Example");
  ASSERT_THAT(mail, IsOk());
  EXPECT_TRUE(mail->is_implicit);
  EXPECT_EQ(Text(*mail), "0: host.example");
}

TEST_F(LookupMxTest, NullMxAndNoSuchDomainAreOutcomes) {
  EXPECT_EQ(Lookup("null.example")->outcome, Outcome::kNullMx);
  EXPECT_EQ(Lookup("nobody.example")->outcome, Outcome::kNoSuchDomain);
  EXPECT_EQ(Lookup("a..b")->outcome, Outcome::kNoSuchDomain);
}

TEST_F(LookupMxTest, AFailedLookUpIsAnError) {
  EXPECT_THAT(Lookup("broken.example"),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Lookup("slow.example"),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

}  // namespace
}  // namespace postern::dns
