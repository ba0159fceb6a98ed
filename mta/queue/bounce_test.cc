#include "mta/queue/bounce.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::queue {
namespace {

using ::testing::EndsWith;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr char kHeader[] =
    "Received: from a by b\r\nSubject: hello\r\n world\r\n\r\nthe body\r\n";

const BounceOptions kOptions = {.myhostname = "mx.example.org"};

spool::v1::Envelope EnvelopeFrom(const std::string& sender) {
  spool::v1::Envelope envelope;
  envelope.set_sender(sender);
  envelope.add_recipients()->set_address("bob@example.com");
  envelope.set_queued_us(absl::ToUnixMicros(kNow - absl::Hours(3)));
  envelope.set_session("s1");
  return envelope;
}

FailedRecipient UserUnknown(const std::string& address = "bob@example.com") {
  return {address,
          {Outcome::Kind::kFailed, "5.1.1", "550 5.1.1 no such user",
           "mx.example.com"},
          false};
}

Bounce BounceFor(std::vector<FailedRecipient> failed,
                 const std::string& content = kHeader,
                 const BounceOptions& options = kOptions) {
  const spool::v1::Envelope envelope = EnvelopeFrom("alice@example.net");
  return *MakeBounce(QueueId{2}, {QueueId{1}, envelope, failed, content},
                     options, kNow);
}

// Every line ends in CR LF, is short and has nothing but printable ASCII.
void ExpectPlainText(const std::string& content) {
  ASSERT_THAT(content, EndsWith("\r\n"));
  for (const absl::string_view line : absl::StrSplit(
           content.substr(0, content.size() - 2), absl::ByString("\r\n"))) {
    EXPECT_LE(line.size(), 998u);
    for (const char c : line) {
      EXPECT_TRUE(c == '\t' || (c >= ' ' && c <= '~')) << line;
    }
  }
}

TEST(BounceTest, IsAMultipartReportFromTheNullSenderToTheSender) {
  const Bounce bounce = BounceFor({UserUnknown()});
  EXPECT_EQ(bounce.envelope.sender(), "");
  ASSERT_EQ(bounce.envelope.recipients_size(), 1);
  EXPECT_EQ(bounce.envelope.recipients(0).address(), "alice@example.net");
  EXPECT_EQ(bounce.envelope.next_attempt_us(), absl::ToUnixMicros(kNow));
  EXPECT_EQ(bounce.envelope.queued_us(), absl::ToUnixMicros(kNow));
  EXPECT_THAT(bounce.content, HasSubstr("From: Mail Delivery System "
                                        "<MAILER-DAEMON@mx.example.org>\r\n"));
  EXPECT_THAT(bounce.content, HasSubstr("To: <alice@example.net>\r\n"));
  EXPECT_THAT(bounce.content, HasSubstr("Auto-Submitted: auto-replied\r\n"));
  EXPECT_THAT(bounce.content,
              HasSubstr("multipart/report; report-type=delivery-status;"));
  EXPECT_THAT(bounce.content,
              HasSubstr("Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"));
  ExpectPlainText(bounce.content);
}

TEST(BounceTest, SaysWhoDidNotGetItAndWhy) {
  const Bounce bounce = BounceFor({UserUnknown()});
  EXPECT_THAT(bounce.content,
              HasSubstr("Reporting-MTA: dns; mx.example.org\r\n"
                        "X-Postern-Queue-ID: 0000000000001\r\n"
                        "Arrival-Date: Tue, 14 Nov 2023 19:13:20 +0000\r\n"
                        "\r\n"
                        "Final-Recipient: rfc822; bob@example.com\r\n"
                        "Action: failed\r\n"
                        "Status: 5.1.1\r\n"
                        "Remote-MTA: dns; mx.example.com\r\n"
                        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
                        "Last-Attempt-Date: Tue, 14 Nov 2023 22:13:20 "
                        "+0000\r\n"));
  EXPECT_THAT(bounce.content,
              HasSubstr("<bob@example.com>: mx.example.com said:\r\n"
                        "    550 5.1.1 no such user\r\n"));
}

TEST(BounceTest, HasItsPartsBetweenBoundaries) {
  const std::string content = BounceFor({UserUnknown()}).content;
  const size_t begin = content.find("boundary=\"") + 10;
  const std::string boundary =
      content.substr(begin, content.find('"', begin) - begin);
  const std::vector<std::string> parts =
      absl::StrSplit(content, absl::StrCat("\r\n--", boundary));
  ASSERT_EQ(parts.size(), 5u);
  EXPECT_THAT(parts[1], StartsWith("\r\nContent-Type: text/plain"));
  EXPECT_THAT(parts[2],
              StartsWith("\r\nContent-Type: message/delivery-status"));
  EXPECT_THAT(parts[3], StartsWith("\r\nContent-Type: text/rfc822-headers"));
  EXPECT_EQ(parts[4], "--\r\n");
}

TEST(BounceTest, NeverAnswersTheNullSender) {  // MTA-37, MTA-38
  const spool::v1::Envelope envelope = EnvelopeFrom("");
  EXPECT_THAT(
      MakeBounce(QueueId{2}, {QueueId{1}, envelope, {UserUnknown()}, kHeader},
                 kOptions, kNow),
      Eq(std::nullopt));
}

TEST(BounceTest, ReportsAllRecipientsInOneMessage) {  // MTA-38
  std::vector<FailedRecipient> failed;
  for (int i = 0; i < 1000; ++i) {
    failed.push_back(UserUnknown(absl::StrCat("user", i, "@example.com")));
  }
  const std::string content = BounceFor(failed).content;
  EXPECT_THAT(content, HasSubstr("Final-Recipient: rfc822; user0@"));
  EXPECT_THAT(content, HasSubstr("Final-Recipient: rfc822; user999@"));
  EXPECT_THAT(content, HasSubstr("and 980 more, listed in the report"));
  ExpectPlainText(content);
}

TEST(BounceTest, CarriesTheHeaderButNotTheBody) {  // MTA-37
  const std::string content = BounceFor({UserUnknown()}).content;
  EXPECT_THAT(content, HasSubstr("Subject: hello\r\n world\r\n"));
  EXPECT_THAT(content, Not(HasSubstr("the body")));
}

TEST(BounceTest, CutsTheHeaderAtBounceSizeLimit) {  // MTA-37
  BounceOptions options = kOptions;
  options.size_limit_bytes = 30;
  const std::string content =
      BounceFor({UserUnknown()}, kHeader, options).content;
  EXPECT_THAT(content, HasSubstr("Received: from a by b\r\n"));
  EXPECT_THAT(content, Not(HasSubstr("Subject: hello")));
}

TEST(BounceTest, LetsNothingFromOutsideBreakOutOfItsLine) {  // MTA-33
  FailedRecipient evil = UserUnknown("a\r\nBcc: x@example.com");
  evil.outcome.reply =
      "550 no\r\nStatus: 2.0.0\r\n\r\n\xff" + std::string(5000, 'x');
  evil.outcome.host = "mx\r\nX: y";
  evil.outcome.status = "2.0.0\r\nAction: delivered";
  const std::string content =
      BounceFor({evil}, "Subject: caf\xc3\xa9\r\nX:" + std::string(2000, 'y') +
                            "\r\nbare\rand\nline\r\n\r\n")
          .content;
  ExpectPlainText(content);
  EXPECT_THAT(content, Not(HasSubstr("\r\nBcc:")));
  EXPECT_THAT(content, Not(HasSubstr("\r\nStatus: 2")));
  EXPECT_THAT(content, Not(HasSubstr("\r\nAction: delivered")));
  EXPECT_THAT(content, HasSubstr("Status: 5.0.0\r\n"));
  EXPECT_THAT(content, HasSubstr("Subject: caf??\r\n"));
}

TEST(BounceTest, KeepsItsLinesShortWhateverWasSaid) {
  const std::string longest(2000, 'x');
  FailedRecipient failed = {longest,
                            {Outcome::Kind::kFailed, "5.0.0", longest, longest},
                            /*is_expired=*/true};
  ExpectPlainText(BounceFor({failed}).content);
}

TEST(BounceTest, SaysThatRetriesWereInVain) {
  FailedRecipient late = UserUnknown();
  late.is_expired = true;
  late.outcome = {Outcome::Kind::kDeferred, "", "connection refused", ""};
  const std::string content = BounceFor({late}).content;
  EXPECT_THAT(content,
              HasSubstr("<bob@example.com>: given up after retries.\r\n"
                        "    connection refused\r\n"));
  EXPECT_THAT(content, HasSubstr("Status: 4.4.7\r\n"));
  EXPECT_THAT(content,
              HasSubstr("Diagnostic-Code: x-postern; connection refused\r\n"));
  EXPECT_THAT(content, Not(HasSubstr("Remote-MTA:")));
}

TEST(BounceTest, ShowsHeaderLinesThatWereReadAsAWhole) {
  EXPECT_EQ(ShownHeader("A: 1\r\n\tfold\r\nB: 2\r\nC: cu", 1000),
            "A: 1\r\n\tfold\r\nB: 2\r\n");
  EXPECT_EQ(ShownHeader("", 1000), "");
  EXPECT_EQ(ShownHeader("\r\nbody\r\n", 1000), "");
  EXPECT_EQ(ShownHeader("A: 1\r\nB: 2\r\n", 0), "");
}

}  // namespace
}  // namespace postern::mta::queue
