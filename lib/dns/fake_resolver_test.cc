#include "lib/dns/fake_resolver.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::dns {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;

using Outcome = Answer::Outcome;

TEST(FakeResolverTest, KnowsEveryType) {
  FakeResolver dns(R"(
    a A     192.0.2.1
    a AAAA  2001:db8::1
    a MX    10 MX.a.
    a TXT   "one" "two"
    a PTR   name
    a SRV   1 2 25 host
    a TLSA  3 1 1 abcd
  )");
  const auto only = [&](Type type) { return dns.Find("a", type)->records; };
  EXPECT_THAT(only(Type::kA),
              ElementsAre(Record(net::IpAddress::Parse("192.0.2.1").value())));
  EXPECT_THAT(
      only(Type::kAaaa),
      ElementsAre(Record(net::IpAddress::Parse("2001:db8::1").value())));
  EXPECT_THAT(only(Type::kMx), ElementsAre(Record(Mx{10, "mx.a"})));
  EXPECT_THAT(only(Type::kTxt), ElementsAre(Record(Txt{{"one", "two"}})));
  EXPECT_THAT(only(Type::kPtr), ElementsAre(Record(Ptr{"name"})));
  EXPECT_THAT(only(Type::kSrv), ElementsAre(Record(Srv{1, 2, 25, "host"})));
  EXPECT_THAT(only(Type::kTlsa),
              ElementsAre(Record(Tlsa{3, 1, 1, "\xab\xcd"})));
}

TEST(FakeResolverTest, ANameAboveARecordExists) {
  FakeResolver dns("mx.example.org A 192.0.2.1");
  EXPECT_EQ(dns.Find("example.org", Type::kA)->outcome, Outcome::kNoData);
  EXPECT_EQ(dns.Find("mx.example.org", Type::kMx)->outcome, Outcome::kNoData);
  EXPECT_EQ(dns.Find("other.org", Type::kA)->outcome, Outcome::kNxDomain);
  EXPECT_EQ(dns.Find("ample.org", Type::kA)->outcome, Outcome::kNxDomain);
}

TEST(FakeResolverTest, FailsAsTheZoneSays) {
  FakeResolver dns("all SERVFAIL\none TXT TIMEOUT\none A 192.0.2.1");
  EXPECT_THAT(dns.Find("all", Type::kMx),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(dns.Find("one", Type::kTxt),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(dns.Find("one", Type::kA), IsOk());
}

TEST(FakeResolverTest, FollowsCnamesButNotInCircles) {
  FakeResolver dns(R"(
    www   CNAME host ; secure
    host  A     192.0.2.1 ; secure
    x     CNAME y
    y     CNAME x
  )");
  const absl::StatusOr<Answer> answer = dns.Find("WWW.", Type::kA);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->outcome, Outcome::kRecords);
  EXPECT_EQ(answer->canonical_name, "host");
  EXPECT_TRUE(answer->secure);
  EXPECT_THAT(dns.Find("x", Type::kA),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST(FakeResolverTest, CanBeChangedAndRemembersTheQuestions) {
  FakeResolver dns;
  dns.Add("a A 192.0.2.1");
  EXPECT_EQ(dns.Find("a", Type::kA)->outcome, Outcome::kRecords);
  dns.Reset("b A 192.0.2.1");
  EXPECT_EQ(dns.Find("a", Type::kA)->outcome, Outcome::kNxDomain);
  EXPECT_THAT(dns.questions(), ElementsAre("a A", "a A"));
}

TEST(FakeResolverTest, ATaskGetsTheSame) {
  FakeResolver dns("a A 192.0.2.1");
  const auto runtime = net::Runtime::Create({.reactors = 1}).value();
  const absl::StatusOr<Answer> answer = runtime->BlockOn(
      dns.Resolve("a", Type::kA, net::Deadline::After(absl::Seconds(1))));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->records.size(), 1u);
}

TEST(FakeResolverTest, AnAliasItselfCanBeAskedFor) {
  FakeResolver dns(R"(
    www   CNAME host ; secure
    host  A     192.0.2.1
  )");
  const absl::StatusOr<Answer> answer = dns.Find("www", Type::kCname);
  ASSERT_THAT(answer, IsOk());
  EXPECT_THAT(RecordsOf<Cname>(*answer), ElementsAre(Cname{"host"}));
  EXPECT_TRUE(answer->secure);
  EXPECT_EQ(dns.Find("host", Type::kCname)->outcome, Answer::Outcome::kNoData);
}

}  // namespace
}  // namespace postern::dns
