#include "mta/tls_report/letter.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/tls_report/gzip.h"
#include "mta/tls_report/test_gunzip.h"

namespace postern::mta::tls_report {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromUnixSeconds(1'796'000'000);
const queue::QueueId kId = {1'796'000};

class LetterTest : public ::testing::Test {
 protected:
  LetterTest() {
    report_.subject = {absl::CivilDay(2026, 11, 28), "example.org"};
    report_.id = "2026-11-28.example.org@relay.example";
    report_.file_name = "relay.example!example.org!1!2!2026-11-28.json.gz";
    report_.json = std::string(3000, 'x');
    letter_ = MakeLetter(kId, report_, Gzip(report_.json), author_,
                         "tls@example.org", "mx.relay.example", kNow);
  }

  const Author author_ = {.organization_name = "Relay",
                          .contact_info = "postmaster@relay.example",
                          .from = "tls-reports@relay.example",
                          .domain = "relay.example"};
  Report report_;
  queue::NewMessage letter_;
};

TEST_F(LetterTest, GoesToTheDestinationAndAsksForNoNotice) {
  const spool::v1::Envelope& envelope = letter_.envelope;
  EXPECT_EQ(envelope.sender(), "tls-reports@relay.example");
  ASSERT_THAT(envelope.recipients(), SizeIs(1));
  EXPECT_EQ(envelope.recipients(0).address(), "tls@example.org");
  EXPECT_TRUE(envelope.recipients(0).notify_never());
  EXPECT_TRUE(envelope.is_tls_report());
  EXPECT_TRUE(envelope.to_be_rewritten());
  EXPECT_EQ(envelope.next_attempt_us(), absl::ToUnixMicros(kNow));
}

// RFC 8460 section 5.3.
TEST_F(LetterTest, HasTheHeaderThatFiltersLookFor) {
  const std::vector<std::string> parts =
      absl::StrSplit(*letter_.content, absl::MaxSplits("\r\n\r\n", 1));
  for (const char* field :
       {"\r\nFrom: <tls-reports@relay.example>\r\n",
        "\r\nTo: <tls@example.org>\r\n",
        "\r\nSubject: Report Domain: example.org\r\n\tSubmitter: "
        "relay.example\r\n\tReport-ID: "
        "<2026-11-28.example.org@relay.example>\r\n",
        "\r\nTLS-Report-Domain: example.org\r\n",
        "\r\nTLS-Report-Submitter: relay.example\r\n",
        "\r\nTLS-Required: No\r\n", "\r\nAuto-Submitted: auto-generated\r\n",
        "\r\nContent-Type: multipart/report; report-type=\"tlsrpt\";\r\n"}) {
    EXPECT_THAT(parts[0] + "\r\n", HasSubstr(field));
  }
  EXPECT_THAT(parts[0], StartsWith("Date: "));
}

TEST_F(LetterTest, CarriesTheReport) {
  const std::vector<std::string> parts = absl::StrSplit(
      *letter_.content, absl::StrCat("\r\n--=_", kId.ToString()));
  ASSERT_THAT(parts, SizeIs(4));
  EXPECT_THAT(parts[1], HasSubstr("to the mail exchangers of example.org"));
  EXPECT_EQ(parts[3], "--\r\n");
  const std::vector<std::string> file =
      absl::StrSplit(parts[2], absl::MaxSplits("\r\n\r\n", 1));
  EXPECT_THAT(file[0], HasSubstr("Content-Type: application/tlsrpt+gzip\r\n"));
  EXPECT_THAT(file[0], HasSubstr("filename=\"relay.example!example.org!1!2!"
                                 "2026-11-28.json.gz\""));
  std::string data;
  ASSERT_TRUE(absl::Base64Unescape(absl::StrReplaceAll(file[1], {{"\r\n", ""}}),
                                   &data));
  EXPECT_EQ(Gunzip(data), report_.json);
}

TEST_F(LetterTest, HasShortLinesOfAscii) {
  const std::vector<std::string> lines =
      absl::StrSplit(*letter_.content, "\r\n");
  EXPECT_THAT(lines, Each(SizeIs(::testing::Le(100))));
  for (const unsigned char c : *letter_.content) EXPECT_LT(c, 127);
}

}  // namespace
}  // namespace postern::mta::tls_report
