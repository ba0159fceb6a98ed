#include "lib/dns/unbound_resolver.h"

#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dns/scripted_name_server.h"
#include "lib/net/drain.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "proto/config/v1/dns.pb.h"

namespace postern::dns {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using Outcome = Answer::Outcome;

const std::string kAddress("\xc0\x00\x02\x01", 4);

net::IpAddress Ip(absl::string_view text) {
  return net::IpAddress::Parse(text).value();
}

class UnboundResolverTest : public ::testing::Test {
 protected:
  UnboundResolverTest() { config_.add_servers(server_.address()); }

  std::unique_ptr<UnboundResolver> MustCreate() {
    auto resolver = UnboundResolver::Create(config_);
    EXPECT_THAT(resolver, IsOk());
    return *std::move(resolver);
  }

  absl::StatusOr<Answer> Ask(Resolver& resolver, const std::string& name,
                             Type type,
                             absl::Duration wait = absl::Seconds(30)) {
    return runtime_->BlockOn(
        resolver.Resolve(name, type, net::Deadline::After(wait)));
  }

  ScriptedNameServer server_;
  config::v1::Dns config_;
  const std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 2}).value();
};

TEST_F(UnboundResolverTest, LocalDataAnswersEveryType) {
  for (const char* line :
       {"example.org. A 192.0.2.1", "example.org. AAAA 2001:db8::1",
        "example.org. MX 10 mx.example.org.",
        "example.org. TXT \"v=spf1 \" \"-all\"",
        "_smtp._tcp.example.org. SRV 1 2 25 mx.example.org.",
        "_25._tcp.example.org. TLSA 3 1 1 abcd",
        "www.example.org. CNAME example.org.",
        "1.2.0.192.in-addr.arpa. 60 IN PTR example.org."}) {
    config_.add_local_data(line);
  }
  const auto dns = MustCreate();
  const auto records = [&](const std::string& name, Type type) {
    const absl::StatusOr<Answer> answer = Ask(*dns, name, type);
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? answer->records : std::vector<Record>();
  };
  EXPECT_THAT(records("example.org", Type::kA),
              ElementsAre(Record(Ip("192.0.2.1"))));
  EXPECT_THAT(records("example.org", Type::kAaaa),
              ElementsAre(Record(Ip("2001:db8::1"))));
  EXPECT_THAT(records("Example.ORG.", Type::kMx),
              ElementsAre(Record(Mx{10, "mx.example.org"})));
  EXPECT_THAT(records("example.org", Type::kTxt),
              ElementsAre(Record(Txt{{"v=spf1 ", "-all"}})));
  EXPECT_THAT(records("_smtp._tcp.example.org", Type::kSrv),
              ElementsAre(Record(Srv{1, 2, 25, "mx.example.org"})));
  EXPECT_THAT(records("_25._tcp.example.org", Type::kTlsa),
              ElementsAre(Record(Tlsa{3, 1, 1, "\xab\xcd"})));
  EXPECT_THAT(records("1.2.0.192.in-addr.arpa", Type::kPtr),
              ElementsAre(Record(Ptr{"example.org"})));
}

TEST_F(UnboundResolverTest, WhatLocalDataLeavesOutIsNotAskedFor) {
  config_.add_local_data("example.org. MX 10 mx.example.org.");
  server_.Add("no.example.org", Type::kA, {kAddress});
  const auto dns = MustCreate();
  EXPECT_EQ(Ask(*dns, "no.example.org", Type::kA)->outcome, Outcome::kNxDomain);
  EXPECT_EQ(Ask(*dns, "example.org", Type::kA)->outcome, Outcome::kNoData);
  EXPECT_EQ(server_.Asked("no.example.org"), 0);
  EXPECT_EQ(dns->stats().nxdomain, 1u);
}

TEST_F(UnboundResolverTest, ReadsLocalDataFiles) {
  const testing::TempDir temp;
  const std::string file = temp.path() + "/zone.txt";
  std::ofstream(file) << "# ours\nexample.org. A 192.0.2.1 ; one\n";
  config_.add_local_data_files(file);
  EXPECT_EQ(Ask(*MustCreate(), "example.org", Type::kA)->outcome,
            Outcome::kRecords);
}

TEST_F(UnboundResolverTest, TellsTheAnswersOfAServerApart) {
  server_.Add("host.example", Type::kA, {kAddress});
  server_.Add("host.example", Type::kTxt, {});
  server_.SetBehaviour("broken.example", {.rcode = 2});
  const auto dns = MustCreate();
  const absl::StatusOr<Answer> found = Ask(*dns, "host.example", Type::kA);
  ASSERT_THAT(found, IsOk());
  EXPECT_THAT(found->records, ElementsAre(Record(Ip("192.0.2.1"))));
  EXPECT_EQ(found->ttl, absl::Minutes(5));
  EXPECT_EQ(found->canonical_name, "host.example");
  EXPECT_FALSE(found->secure);
  EXPECT_EQ(Ask(*dns, "host.example", Type::kTxt)->outcome, Outcome::kNoData);
  EXPECT_EQ(Ask(*dns, "nobody.example", Type::kA)->outcome, Outcome::kNxDomain);
  EXPECT_THAT(Ask(*dns, "broken.example", Type::kA),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(dns->stats().server_failures, 1u);
  EXPECT_EQ(dns->stats().queries, 4u);
}

TEST_F(UnboundResolverTest, FollowsACname) {
  server_.AddCname("www.example", "host.example");
  server_.Add("host.example", Type::kA, {kAddress});
  const absl::StatusOr<Answer> answer =
      Ask(*MustCreate(), "www.example", Type::kA);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->outcome, Outcome::kRecords);
  EXPECT_EQ(answer->canonical_name, "host.example");
}

// MTA-31.
TEST_F(UnboundResolverTest, ACnameLoopIsAFailure) {
  server_.AddCname("a.example", "b.example");
  server_.AddCname("b.example", "a.example");
  EXPECT_THAT(Ask(*MustCreate(), "a.example", Type::kA),
              StatusIs(absl::StatusCode::kUnavailable));
}

// MTA-31.
TEST_F(UnboundResolverTest, AShortMxIsAFailure) {
  server_.Add("example", Type::kMx, {"\x01"});
  EXPECT_THAT(Ask(*MustCreate(), "example", Type::kMx),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(UnboundResolverTest, AnAnswerIsRemembered) {
  server_.Add("host.example", Type::kA, {kAddress});
  const auto dns = MustCreate();
  EXPECT_THAT(Ask(*dns, "host.example", Type::kA), IsOk());
  EXPECT_THAT(Ask(*dns, "host.example", Type::kA), IsOk());
  EXPECT_EQ(server_.Asked("host.example"), 1);
}

TEST_F(UnboundResolverTest, ASilentServerIsADeadlineExceeded) {
  server_.SetBehaviour("silent.example", {.is_silent = true});
  const auto dns = MustCreate();
  EXPECT_THAT(Ask(*dns, "silent.example", Type::kA, absl::Milliseconds(50)),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       HasSubstr("silent.example A")));
  EXPECT_EQ(dns->stats().timeouts, 1u);
  // The question is still under way when the resolver ends.
}

TEST_F(UnboundResolverTest, TheConfiguredTimeoutEndsALookUpEarlier) {
  config_.mutable_timeout()->set_nanos(50'000'000);
  server_.SetBehaviour("silent.example", {.is_silent = true});
  EXPECT_THAT(Ask(*MustCreate(), "silent.example", Type::kA),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(UnboundResolverTest, TooManyQuestionsAreRefusedAtOnce) {
  config_.set_max_queries(1);
  server_.SetBehaviour("silent.example", {.is_silent = true});
  const auto dns = MustCreate();
  EXPECT_FALSE(
      Ask(*dns, "silent.example", Type::kA, absl::Milliseconds(50)).ok());
  EXPECT_THAT(Ask(*dns, "host.example", Type::kA),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(dns->stats().refused, 1u);
}

TEST_F(UnboundResolverTest, WhatCannotBeANameIsNotAskedFor) {
  const auto dns = MustCreate();
  for (const std::string& name :
       {std::string("a..example"), std::string("a\0b", 3), std::string()}) {
    EXPECT_EQ(Ask(*dns, name, Type::kA)->outcome, Outcome::kNxDomain);
  }
  EXPECT_EQ(dns->stats().queries, 0u);
}

// The test's server knows nothing of the root's keys.
TEST_F(UnboundResolverTest, AnUnsignedAnswerBelowATrustAnchorIsAFailure) {
  config_.set_dnssec(true);
  server_.Add("host.example", Type::kA, {kAddress});
  const auto dns = MustCreate();
  EXPECT_THAT(Ask(*dns, "host.example", Type::kA),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("DNSSEC")));
  EXPECT_EQ(dns->stats().bogus, 1u);
}

net::Task<> AskMany(Resolver& resolver, int first, std::atomic<int>& found) {
  for (int i = first; i < first + 50; ++i) {
    const std::string name = absl::StrCat("h", i, ".example");
    const absl::StatusOr<Answer> answer = co_await resolver.Resolve(
        name, Type::kA, net::Deadline::After(absl::Seconds(30)));
    if (answer.ok() && answer->outcome == Outcome::kRecords) ++found;
  }
}

TEST_F(UnboundResolverTest, ServesManyTasksOfAllReactors) {
  for (int i = 0; i < 100; ++i) {
    server_.Add(absl::StrCat("h", i, ".example"), Type::kA, {kAddress});
  }
  const auto dns = MustCreate();
  std::atomic<int> found = 0;
  net::Drain drain;
  for (int i = 0; i < 8; ++i) {
    net::Spawn(drain, runtime_->NextReactor(),
               AskMany(*dns, i % 2 * 50, found));
  }
  EXPECT_TRUE(drain.AwaitIdle(absl::Seconds(60)));
  EXPECT_EQ(found, 400);
}

TEST_F(UnboundResolverTest, AWrongConfigurationNamesTheField) {
  struct Case {
    const char* why;
    void (*spoil)(config::v1::Dns&);
    const char* message;
  };
  const Case cases[] = {
      {"a name as server",
       [](config::v1::Dns& dns) { dns.add_servers("ns.example"); },
       "servers: ns.example"},
      {"no record",
       [](config::v1::Dns& dns) { dns.add_local_data("example.org"); },
       "local_data: 1:"},
      {"a record with wrong data",
       [](config::v1::Dns& dns) { dns.add_local_data("a.example A 1.2.3"); },
       "local_data: 1:"},
      {"a file that is not there",
       [](config::v1::Dns& dns) { dns.add_local_data_files("/nonexistent"); },
       "local_data_files: /nonexistent"},
      {"a trust anchor that is not there",
       [](config::v1::Dns& dns) {
         dns.set_dnssec(true);
         dns.set_trust_anchor_file("/nonexistent");
       },
       "trust_anchor_file: /nonexistent"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    config::v1::Dns config;
    c.spoil(config);
    EXPECT_THAT(
        UnboundResolver::Create(config),
        StatusIs(absl::StatusCode::kInvalidArgument, StartsWith(c.message)));
  }
}

TEST_F(UnboundResolverTest, StartsWithoutAnyConfiguration) {
  EXPECT_THAT(UnboundResolver::Create(config::v1::Dns()), IsOk());
}

}  // namespace
}  // namespace postern::dns
