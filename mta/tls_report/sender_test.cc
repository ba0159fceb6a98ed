#include "mta/tls_report/sender.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/config/config.h"
#include "lib/dns/fake_resolver.h"
#include "lib/https/test_server.h"
#include "lib/net/drain.h"
#include "lib/redis/client.h"
#include "lib/testing/redis_server.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/test_spool.h"
#include "mta/tls_report/local_counts.h"
#include "mta/tls_report/session_kind.h"
#include "mta/tls_report/shared_counts.h"
#include "mta/tls_report/test_gunzip.h"

namespace postern::mta::tls_report {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::RedisServer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr char kBusy[] =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";

class SenderTest : public ::testing::Test {
 protected:
  SenderTest() {
    https::Options options;
    options.ca_file = web_.ca_file();
    options.allowed_networks = {net::Network::Parse("127.0.0.0/8").value()};
    https_ = https::Client::Create(dns_, options).value();
    counts_ =
        LocalCounts::Open(dir_.path() + "/counts", {}, spool_.clock).value();
    sender_ = NewSender(*counts_);
    // The beginning of a day.
    spool_.clock.Advance(StartOf(DayOf(spool_.clock.Now()) + 1) -
                         spool_.clock.Now());
  }

  std::unique_ptr<Sender> NewSender(Counts& counts) {
    return std::make_unique<Sender>(
        SenderParts{counts, dns_, *https_, *spool_, spool_.clock, drain_,
                    spool_.registry},
        SenderOptions{.author = {.organization_name = "Relay",
                                 .contact_info = "postmaster@relay.example",
                                 .from = "tls@relay.example",
                                 .domain = "relay.example"},
                      .myhostname = "mx.relay.example"});
  }

  // Counts a session of today.
  void Count(Counts& counts, const std::string& domain, uint32_t sessions = 1) {
    routing::TlsFinding finding;
    finding.policy.domain = domain;
    const Subject subject = {DayOf(spool_.clock.Now()), domain};
    ASSERT_THAT(spool_.runtime->BlockOn(
                    counts.Add(subject, {{KindOf(finding), sessions}})),
                IsOk());
  }

  void SendDue(Sender& sender) {
    for (size_t i = 0; i < Sender::kTasks; ++i) {
      spool_.runtime->BlockOn(sender.SendDue(i));
    }
  }
  void SendDueIn(absl::Duration wait) {
    spool_.clock.Advance(wait);
    SendDue(*sender_);
  }

  void AskFor(const std::string& domain, const std::string& rua) {
    dns_.Add(absl::StrCat("_smtp._tls.", domain, " TXT \"v=TLSRPTv1; rua=", rua,
                          "\""));
  }

  std::string LetterAt(size_t index) {
    return spool_.ContentOf(spool_.Ids().at(index)).value();
  }

  const testing::TempDir dir_;
  queue::TestSpool spool_;
  net::Drain drain_;
  dns::FakeResolver dns_{"web.example.org A 127.0.0.1"};
  https::TestServer web_{"web.example.org"};
  std::unique_ptr<https::Client> https_;
  std::unique_ptr<Counts> counts_;
  std::unique_ptr<Sender> sender_;
};

TEST_F(SenderTest, ReportsADayOnceItIsOver) {
  AskFor("example.org", "mailto:tls@example.org");
  Count(*counts_, "example.org", 7);
  SendDueIn(absl::Hours(23));
  EXPECT_THAT(spool_.Ids(), IsEmpty());
  SendDueIn(absl::Hours(1));  // Replicas may still have something to count.
  EXPECT_THAT(spool_.Ids(), IsEmpty());
  SendDueIn(absl::Hours(4) + absl::Minutes(5));
  ASSERT_THAT(spool_.Ids(), SizeIs(1));
  const std::string letter = LetterAt(0);
  EXPECT_THAT(letter, HasSubstr("\r\nTLS-Report-Domain: example.org\r\n"));
  const size_t begin = letter.rfind("\r\n\r\n", letter.rfind("\r\n\r\n--") - 1);
  std::string data;
  ASSERT_TRUE(absl::Base64Unescape(
      absl::StrReplaceAll(
          letter.substr(begin, letter.rfind("\r\n\r\n--") - begin),
          {{"\r\n", ""}}),
      &data));
  EXPECT_THAT(Gunzip(data), HasSubstr("\"total-successful-session-count\": 7"));
  EXPECT_THAT(spool_.registry.Render(),
              HasSubstr("postern_mta_tls_reports_total{result=\"sent\","
                        "transport=\"mail\"} 1"));
  for (int hour = 0; hour < 30; ++hour) SendDueIn(absl::Hours(1));
  EXPECT_THAT(spool_.Ids(), SizeIs(1));
}

TEST_F(SenderTest, ReportsOfADayAreSpread) {
  for (int i = 0; i < 40; ++i) {
    const std::string domain = absl::StrCat("d", i, ".example");
    AskFor(domain, absl::StrCat("mailto:tls@", domain));
    Count(*counts_, domain);
  }
  spool_.clock.Advance(absl::Hours(24) + absl::Minutes(5));
  size_t before = 0;
  for (int hour = 1; hour <= 4; ++hour) {
    SendDueIn(absl::Hours(1));
    EXPECT_GT(spool_.Ids().size(), before);
    before = spool_.Ids().size();
  }
  EXPECT_EQ(before, 40);
}

TEST_F(SenderTest, WhoWantsNoReportGetsNone) {
  Count(*counts_, "example.org");
  SendDueIn(absl::Hours(30));
  EXPECT_THAT(dns_.questions(),
              ::testing::ElementsAre("_smtp._tls.example.org TXT"));
  AskFor("example.org", "mailto:tls@example.org");
  SendDueIn(absl::Hours(2));
  EXPECT_THAT(spool_.Ids(), IsEmpty());
}

TEST_F(SenderTest, PostsToAWebServer) {
  AskFor("example.org", web_.Uri("/tls"));
  web_.Answer("/tls", kOk);
  Count(*counts_, "example.org", 3);
  SendDueIn(absl::Hours(30));
  ASSERT_THAT(web_.requests(), SizeIs(1));
  const std::string request = web_.requests()[0];
  EXPECT_THAT(request, StartsWith("POST /tls HTTP/1.1\r\n"));
  EXPECT_THAT(request,
              HasSubstr("\r\nContent-Type: application/tlsrpt+gzip\r\n"));
  EXPECT_THAT(Gunzip(request.substr(request.find("\r\n\r\n") + 4)),
              HasSubstr("\"total-successful-session-count\": 3"));
  EXPECT_THAT(spool_.Ids(), IsEmpty());
}

TEST_F(SenderTest, TriesAgainWhereItFailedAndOnlyThere) {
  AskFor("example.org",
         absl::StrCat("mailto:tls@example.org,", web_.Uri("/tls")));
  web_.Answer("/tls", kBusy);
  Count(*counts_, "example.org");
  SendDueIn(absl::Hours(29));
  EXPECT_THAT(web_.requests(), SizeIs(1));
  SendDueIn(absl::Minutes(30));
  EXPECT_THAT(web_.requests(), SizeIs(1));
  SendDueIn(absl::Minutes(40));
  EXPECT_THAT(web_.requests(), SizeIs(2));
  web_.Answer("/tls", kOk);
  SendDueIn(absl::Hours(2));
  SendDueIn(absl::Hours(2));
  EXPECT_THAT(web_.requests(), SizeIs(3));
  EXPECT_THAT(spool_.Ids(), SizeIs(1));
}

TEST_F(SenderTest, GivesUpAfterADay) {
  AskFor("example.org", web_.Uri("/tls"));
  web_.Answer("/tls", kBusy);
  Count(*counts_, "example.org");
  spool_.clock.Advance(absl::Hours(24));
  for (int i = 0; i < 80; ++i) SendDueIn(absl::Minutes(31));
  EXPECT_LE(web_.requests().size(), 25);
  EXPECT_GE(web_.requests().size(), 10);
  EXPECT_THAT(spool_.registry.Render(),
              HasSubstr("postern_mta_tls_reports_dropped_total 1"));
}

TEST_F(SenderTest, ADnsFailureIsTriedAgain) {
  dns_.Add("_smtp._tls.example.org SERVFAIL");
  Count(*counts_, "example.org");
  SendDueIn(absl::Hours(29));
  dns_.Reset("");
  AskFor("example.org", "mailto:tls@example.org");
  SendDueIn(absl::Minutes(61));
  EXPECT_THAT(spool_.Ids(), SizeIs(1));
}

TEST_F(SenderTest, AfterARestartNothingIsSentTwiceAndNothingForgotten) {
  AskFor("example.org", "mailto:tls@example.org");
  AskFor("example.net", web_.Uri("/tls"));
  web_.Answer("/tls", kBusy);
  Count(*counts_, "example.org");
  Count(*counts_, "example.net");
  SendDueIn(absl::Hours(29));
  sender_ = NewSender(*counts_);
  web_.Answer("/tls", kOk);
  SendDueIn(absl::Minutes(61));
  EXPECT_THAT(spool_.Ids(), SizeIs(1));
  EXPECT_THAT(web_.requests(), SizeIs(2));
}

TEST_F(SenderTest, OfAllReplicasOneReports) {
  if (!RedisServer::IsInstalled()) GTEST_SKIP() << RedisServer::kMissing;
  const auto redis = RedisServer::Start();
  config::v1::Redis config;
  ASSERT_THAT(config::Load(absl::StrCat("endpoints: ", redis->endpoint()),
                           "redis.yaml", config),
              IsOk());
  const auto client =
      redis::Client::Create(config, {.runtime = *spool_.runtime}).value();
  SharedCounts shared(*client, {});
  SharedCounts replica(*client, {});
  const auto one = NewSender(shared);
  const auto other = NewSender(replica);
  AskFor("example.org", "mailto:tls@example.org");
  AskFor("example.net", web_.Uri("/tls"));
  web_.Answer("/tls", kOk);
  Count(shared, "example.org", 1);
  Count(replica, "example.org", 2);
  Count(replica, "example.net", 1);
  spool_.clock.Advance(absl::Hours(29));
  SendDue(*one);
  SendDue(*other);
  SendDue(*one);
  EXPECT_THAT(spool_.Ids(), SizeIs(1));
  EXPECT_THAT(web_.requests(), SizeIs(1));
}

TEST_F(SenderTest, EndsWithTheDrain) {
  net::Spawn(drain_, spool_.runtime->reactor(0), sender_->Run(0));
  drain_.Begin();
  EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(60)));
}

}  // namespace
}  // namespace postern::mta::tls_report
