#include "mta/tls_report/record.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/deadline.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::tls_report {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Destination Mail(const char* address) {
  return {Destination::Kind::kMail, address};
}
Destination Https(const char* uri) { return {Destination::Kind::kHttps, uri}; }

// RFC 8460 section 3.1.1 and 3.1.2.
TEST(RecordTest, ReadsTheExamplesOfTheRfc) {
  EXPECT_THAT(ParseRecord("v=TLSRPTv1;rua=mailto:reports@example.com"),
              IsOkAndHolds(ElementsAre(Mail("reports@example.com"))));
  EXPECT_THAT(
      ParseRecord("v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt"),
      IsOkAndHolds(
          ElementsAre(Https("https://reporting.example.com/v1/tlsrpt"))));
}

TEST(RecordTest, TakesSeveralDestinationsAndUnknownFields) {
  EXPECT_THAT(
      ParseRecord("v=TLSRPTv1 ;\tx-new.field=a=b ; rua=mailto:a@example.org , "
                  "https://example.org/tls;rua=MAILTO:b@example.org ; "),
      IsOkAndHolds(ElementsAre(Mail("a@example.org"),
                               Https("https://example.org/tls"),
                               Mail("b@example.org"))));
}

TEST(RecordTest, TakesEachDestinationOnceAndFiveInAll) {
  EXPECT_THAT(
      ParseRecord(
          "v=TLSRPTv1;rua=mailto:1@a.org,mailto:1@a.org,mailto:2@a.org,"
          "mailto:3@a.org,mailto:4@a.org,mailto:5@a.org,mailto:6@a.org"),
      IsOkAndHolds(ElementsAre(Mail("1@a.org"), Mail("2@a.org"),
                               Mail("3@a.org"), Mail("4@a.org"),
                               Mail("5@a.org"))));
}

TEST(RecordTest, DecodesWhatAMailtoMustEncode) {
  EXPECT_THAT(ParseRecord("v=TLSRPTv1;rua=mailto:a%21b%2Bc@example.org"),
              IsOkAndHolds(ElementsAre(Mail("a!b+c@example.org"))));
}

TEST(RecordTest, PassesOverDestinationsThatItWouldNotUse) {
  for (const char* uri :
       {"mailto:a@example.org?subject=x", "mailto:a@example.org?bcc=b@c.org",
        "mailto:", "mailto:a", "mailto:a@", "mailto:a@[127.0.0.1]",
        "mailto:a%0D%0ARCPT@example.org", "mailto:a%zz@example.org",
        "mailto:a%4", "mailto:a@example.org%2Cb@example.org",
        "mailto:\"a b\"@example.org>", "http://example.org/", "ftp://a.org/",
        "https://user:secret@example.org/", "https://"}) {
    EXPECT_THAT(ParseRecord(absl::StrCat("v=TLSRPTv1;rua=", uri)),
                IsOkAndHolds(IsEmpty()))
        << uri;
  }
}

TEST(RecordTest, RefusesWhatIsNoRecord) {
  for (const std::string& text :
       {std::string(""), std::string("v=TLSRPTv1"),
        std::string("v=TLSRPTv2;rua=mailto:a@example.org"),
        std::string("v=TLSRPTv10;rua=mailto:a@example.org"),
        std::string("V=TLSRPTv1;rua=mailto:a@example.org"),
        std::string(" v=TLSRPTv1;rua=mailto:a@example.org"),
        std::string("rua=mailto:a@example.org;v=TLSRPTv1;"),
        std::string("v=TLSRPTv1;"), std::string("v=TLSRPTv1;ruf=x"),
        std::string("v=TLSRPTv1;rua"), std::string("v=TLSRPTv1;rua="),
        std::string("v=TLSRPTv1;;rua=mailto:a@example.org"),
        std::string("v=TLSRPTv1;-x=y;rua=mailto:a@example.org"),
        absl::StrCat("v=TLSRPTv1;rua=mailto:a@example.org;x=",
                     std::string(5000, 'y'))}) {
    EXPECT_THAT(ParseRecord(text), StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

class FindDestinationsTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::vector<Destination>> Find(const std::string& domain) {
    return runtime_->BlockOn(FindDestinations(
        dns_, domain, net::Deadline::After(absl::Seconds(30))));
  }

  const std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  dns::FakeResolver dns_;
};

TEST_F(FindDestinationsTest, AsksForTheRecordBelowTheDomain) {
  dns_.Add(
      "_smtp._tls.example.org TXT \"v=TLSRPTv1; rua=mailto:\" "
      "\"tls@example.org\"\n"
      "_smtp._tls.example.org TXT \"something else\"");
  EXPECT_THAT(Find("example.org"),
              IsOkAndHolds(ElementsAre(Mail("tls@example.org"))));
  EXPECT_THAT(dns_.questions(), ElementsAre("_smtp._tls.example.org TXT"));
}

TEST_F(FindDestinationsTest, NoRecordTwoRecordsAndABadOneAreNone) {
  dns_.Add(
      "_smtp._tls.two.org TXT \"v=TLSRPTv1;rua=mailto:a@two.org\"\n"
      "_smtp._tls.two.org TXT \"v=TLSRPTv1;rua=mailto:b@two.org\"\n"
      "_smtp._tls.bad.org TXT \"v=TLSRPTv1;rua\"\n"
      "_smtp._tls.other.org TXT \"v=spf1 -all\"");
  for (const char* domain : {"none.org", "two.org", "bad.org", "other.org"}) {
    EXPECT_THAT(Find(domain), IsOkAndHolds(IsEmpty())) << domain;
  }
}

TEST_F(FindDestinationsTest, ADnsFailureIsNoAnswer) {
  dns_.Add("_smtp._tls.broken.org SERVFAIL");
  EXPECT_THAT(Find("broken.org"), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace postern::mta::tls_report
