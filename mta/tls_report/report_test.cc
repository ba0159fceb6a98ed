#include "mta/tls_report/report.h"

#include <string>

#include "absl/time/civil_time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/tls_report/session_kind.h"

namespace postern::mta::tls_report {
namespace {

using ::testing::Eq;
using ::testing::HasSubstr;

const Author kAuthor = {.organization_name = "Company-X",
                        .contact_info = "sts-reporting@company-x.example",
                        .from = "tls-reports@mail.company-x.example",
                        .domain = "mail.company-x.example"};
const Subject kSubject = {absl::CivilDay(2016, 4, 1), "company-y.example"};

routing::TlsFinding Good() {
  routing::TlsFinding finding;
  finding.policy = {
      .kind = routing::AppliedTlsPolicy::Kind::kSts,
      .domain = "company-y.example",
      .strings = {"version: STSv1", "mode: testing",
                  "mx: *.mail.company-y.example", "max_age: 86400"},
      .mx_patterns = {"*.mail.company-y.example"}};
  return finding;
}

routing::TlsFinding Bad(routing::TlsFailure failure, const char* from,
                        const char* mx, const char* mx_address,
                        const char* detail) {
  routing::TlsFinding finding = Good();
  finding.failure = failure;
  finding.from_address = from;
  finding.mx_host = mx;
  finding.mx_address = mx_address;
  finding.detail = detail;
  return finding;
}

// The figures of RFC 8460 appendix B, in the order of our own counting.
TEST(ReportTest, SaysWhatTheExampleOfTheRfcSays) {
  KindCounts counts;
  counts[KindOf(Good())] = 5326;
  counts[KindOf(Bad(routing::TlsFailure::kCertificateExpired,
                    "2001:db8:abcd:12::1", "mx1.mail.company-y.example", "",
                    ""))] = 100;
  counts[KindOf(Bad(routing::TlsFailure::kStarttlsNotSupported,
                    "2001:db8:abcd:13::1", "mx2.mail.company-y.example",
                    "203.0.113.56", ""))] = 200;
  counts[KindOf(Bad(routing::TlsFailure::kValidationFailure, "198.51.100.62",
                    "mx-backup.mail.company-y.example", "203.0.113.58",
                    "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED"))] = 3;
  const auto report = MakeReport(kSubject, counts, kAuthor);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->json, R"({
 "organization-name": "Company-X",
 "date-range": {
  "start-datetime": "2016-04-01T00:00:00Z",
  "end-datetime": "2016-04-01T23:59:59Z"
 },
 "contact-info": "sts-reporting@company-x.example",
 "report-id": "2016-04-01.company-y.example@mail.company-x.example",
 "policies": [
  {
   "policy": {
    "policy-type": "sts",
    "policy-string": [
     "version: STSv1",
     "mode: testing",
     "mx: *.mail.company-y.example",
     "max_age: 86400"
    ],
    "policy-domain": "company-y.example",
    "mx-host": [
     "*.mail.company-y.example"
    ]
   },
   "summary": {
    "total-successful-session-count": 5326,
    "total-failure-session-count": 303
   },
   "failure-details": [
    {
     "result-type": "certificate-expired",
     "sending-mta-ip": "2001:db8:abcd:12::1",
     "receiving-mx-hostname": "mx1.mail.company-y.example",
     "failed-session-count": 100
    },
    {
     "result-type": "starttls-not-supported",
     "sending-mta-ip": "2001:db8:abcd:13::1",
     "receiving-mx-hostname": "mx2.mail.company-y.example",
     "receiving-ip": "203.0.113.56",
     "failed-session-count": 200
    },
    {
     "result-type": "validation-failure",
     "sending-mta-ip": "198.51.100.62",
     "receiving-mx-hostname": "mx-backup.mail.company-y.example",
     "receiving-ip": "203.0.113.58",
     "failed-session-count": 3,
     "failure-reason-code": "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED"
    }
   ]
  }
 ]
}
)");
}

TEST(ReportTest, IsNamedForSenderDomainAndDay) {
  const auto report = MakeReport(kSubject, {{KindOf(Good()), 1}}, kAuthor);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->file_name,
            "mail.company-x.example!company-y.example!1459468800!1459555199!"
            "2016-04-01.json.gz");
  EXPECT_EQ(report->id, "2016-04-01.company-y.example@mail.company-x.example");
}

TEST(ReportTest, PoliciesAreToldApart) {
  routing::TlsFinding none;
  none.policy.domain = "company-y.example";
  none.failure = routing::TlsFailure::kStarttlsNotSupported;
  const auto report =
      TellOf(kSubject, {{KindOf(Good()), 7}, {KindOf(none), 2}}, kAuthor);
  ASSERT_TRUE(report.has_value());
  ASSERT_EQ(report->policies_size(), 2);
  const report::v1::TlsPolicyResult& sts = report->policies(0);
  EXPECT_EQ(sts.policy().policy_type(), "sts");
  EXPECT_EQ(sts.summary().total_successful_session_count(), 7);
  EXPECT_TRUE(sts.summary().has_total_failure_session_count());
  EXPECT_EQ(sts.summary().total_failure_session_count(), 0);
  const report::v1::TlsPolicyResult& other = report->policies(1);
  EXPECT_EQ(other.policy().policy_type(), "no-policy-found");
  EXPECT_EQ(other.summary().total_failure_session_count(), 2);
  EXPECT_TRUE(other.summary().has_total_successful_session_count());
}

TEST(ReportTest, ZeroIsWrittenToo) {
  const auto report = MakeReport(kSubject, {{KindOf(Good()), 1}}, kAuthor);
  EXPECT_THAT(report->json, HasSubstr("\"total-failure-session-count\": 0"));
}

TEST(ReportTest, SumsEndSomewhere) {
  routing::TlsFinding one =
      Bad(routing::TlsFailure::kValidationFailure, "192.0.2.1", "mx", "", "1");
  routing::TlsFinding two = one;
  two.detail = "2";
  routing::TlsFinding three = one;
  three.detail = "3";
  const auto report = TellOf(kSubject,
                             {{KindOf(one), kMostSessions},
                              {KindOf(two), kMostSessions},
                              {KindOf(three), kMostSessions}},
                             kAuthor);
  EXPECT_EQ(report->policies(0).summary().total_failure_session_count(),
            UINT32_MAX);
}

TEST(ReportTest, WhatMakesNoSenseIsLeftOut) {
  routing::TlsFinding foreign = Good();
  foreign.policy.domain = "example.net";
  EXPECT_THAT(
      MakeReport(kSubject,
                 {{"nonsense", 1}, {KindOf(foreign), 1}, {KindOf(Good()), 0}},
                 kAuthor),
      Eq(std::nullopt));
  EXPECT_THAT(MakeReport(kSubject, {}, kAuthor), Eq(std::nullopt));
}

}  // namespace
}  // namespace postern::mta::tls_report
