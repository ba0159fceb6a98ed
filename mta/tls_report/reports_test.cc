#include "mta/tls_report/reports.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/config/config.h"
#include "lib/dns/fake_resolver.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/test_spool.h"
#include "mta/tls_report/local_counts.h"

namespace postern::mta::tls_report {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::StartsWith;

config::v1::Mta ConfigOf(const std::string& block) {
  config::v1::Mta config;
  EXPECT_THAT(config::Load(absl::StrCat("tls_report: {", block, "}"),
                           "mta.yaml", config),
              IsOk());
  return config;
}

TEST(ReportsTest, ChecksWhoReports) {
  const auto check = [](const std::string& block) {
    return CheckConfig(ConfigOf(block).tls_report());
  };
  EXPECT_THAT(check("organization_name: A, from: tls@example.org"), IsOk());
  EXPECT_THAT(check("organization_name: Böse GmbH, from: tls@example.org, "
                    "contact_info: 'https://example.org/contact'"),
              IsOk());
  EXPECT_THAT(check(absl::StrCat("organization_name: ", std::string(300, 'x'),
                                 ", from: tls@example.org")),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("tls_report.organization_name:")));
  for (const char* from : {"tls", "'<>'", "'tls@[192.0.2.1]'", "a b@c"}) {
    EXPECT_THAT(check(absl::StrCat("organization_name: A, from: ", from)),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         StartsWith("tls_report.from:")))
        << from;
  }
  EXPECT_THAT(check("organization_name: A, from: tls@example.org, "
                    "contact_info: \"a\\nb\""),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("tls_report.contact_info:")));
}

TEST(ReportsTest, CountsUntilTheEnd) {
  const testing::TempDir dir;
  queue::TestSpool spool;
  net::Drain drain;
  dns::FakeResolver dns;
  const auto https = https::Client::Create(dns, {}).value();
  const std::string directory = dir.path() + "/counts";
  {
    const auto reports =
        Reports::Create(
            ConfigOf(absl::StrCat("organization_name: A, from: a@example.org, "
                                  "directory: ",
                                  directory)),
            {dns, *https, *spool, nullptr, *spool.runtime, drain, spool.clock,
             spool.registry})
            .value();
    reports->Start();
    routing::TlsFinding finding;
    finding.policy.domain = "example.org";
    drain.Begin();
    EXPECT_TRUE(drain.AwaitIdle(absl::Seconds(60)));
    reports->Note(finding);
    reports->End();
  }
  const auto counts = LocalCounts::Open(directory, {}, spool.clock).value();
  EXPECT_THAT(
      spool.runtime->BlockOn(counts->DomainsOf(DayOf(spool.clock.Now())))
          .value(),
      ElementsAre("example.org"));
}

}  // namespace
}  // namespace postern::mta::tls_report
