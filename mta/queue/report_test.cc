#include "mta/queue/report.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::queue {
namespace {

using ::testing::EndsWith;
using Action = ReportedRecipient::Action;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr char kHeader[] =
    "Received: from a by b\r\nSubject: hello\r\n world\r\n\r\nthe body\r\n";

const ReportOptions kOptions = {.myhostname = "mx.example.org"};

spool::v1::Envelope EnvelopeFrom(const std::string& sender) {
  spool::v1::Envelope envelope;
  envelope.set_sender(sender);
  envelope.add_recipients()->set_address("bob@example.com");
  envelope.set_queued_us(absl::ToUnixMicros(kNow - absl::Hours(3)));
  envelope.set_session("s1");
  return envelope;
}

ReportedRecipient UserUnknown(const std::string& address = "bob@example.com") {
  ReportedRecipient reported = {{},
                                {Outcome::Kind::kFailed, "5.1.1",
                                 "550 5.1.1 no such user", "mx.example.com"}};
  reported.recipient.set_address(address);
  return reported;
}

Report ReportOn(const spool::v1::Envelope& envelope,
                std::vector<ReportedRecipient> recipients,
                const std::string& content = kHeader,
                const ReportOptions& options = kOptions) {
  return *MakeReport(QueueId{2},
                     {.id = {1},
                      .envelope = envelope,
                      .recipients = std::move(recipients),
                      .content = content},
                     options, kNow);
}

Report ReportFor(std::vector<ReportedRecipient> recipients,
                 const std::string& content = kHeader,
                 const ReportOptions& options = kOptions) {
  return ReportOn(EnvelopeFrom("alice@example.net"), std::move(recipients),
                  content, options);
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

TEST(ReportTest, IsAMultipartReportFromTheNullSenderToTheSender) {
  const Report report = ReportFor({UserUnknown()});
  EXPECT_EQ(report.envelope.sender(), "");
  ASSERT_EQ(report.envelope.recipients_size(), 1);
  EXPECT_EQ(report.envelope.recipients(0).address(), "alice@example.net");
  EXPECT_EQ(report.envelope.next_attempt_us(), absl::ToUnixMicros(kNow));
  EXPECT_EQ(report.envelope.queued_us(), absl::ToUnixMicros(kNow));
  EXPECT_THAT(report.content, HasSubstr("From: Mail Delivery System "
                                        "<MAILER-DAEMON@mx.example.org>\r\n"));
  EXPECT_THAT(report.content, HasSubstr("To: <alice@example.net>\r\n"));
  EXPECT_THAT(report.content, HasSubstr("Auto-Submitted: auto-replied\r\n"));
  EXPECT_THAT(report.content,
              HasSubstr("multipart/report; report-type=delivery-status;"));
  EXPECT_THAT(report.content,
              HasSubstr("Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"));
  ExpectPlainText(report.content);
}

TEST(ReportTest, HasItsPartsBetweenBoundaries) {
  const std::string content = ReportFor({UserUnknown()}).content;
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

TEST(ReportTest, NeverAnswersTheNullSender) {  // MTA-37, MTA-38
  const spool::v1::Envelope envelope = EnvelopeFrom("");
  EXPECT_THAT(MakeReport(QueueId{2},
                         {.id = {1},
                          .envelope = envelope,
                          .recipients = {UserUnknown()},
                          .content = kHeader},
                         kOptions, kNow)
                  .has_value(),
              Eq(false));
}

TEST(ReportTest, IsNeverReportedOnItself) {  // MTA-38
  const spool::v1::Envelope envelope = ReportFor({UserUnknown()}).envelope;
  EXPECT_EQ(envelope.sender(), "");
  EXPECT_TRUE(envelope.recipients(0).notify_never());
}

TEST(ReportTest, TellsOfAllRecipientsInOneMessage) {  // MTA-38
  std::vector<ReportedRecipient> failed;
  for (int i = 0; i < 1000; ++i) {
    failed.push_back(UserUnknown(absl::StrCat("user", i, "@example.com")));
  }
  const std::string content = ReportFor(failed).content;
  EXPECT_THAT(content, HasSubstr("Final-Recipient: rfc822; user0@"));
  EXPECT_THAT(content, HasSubstr("Final-Recipient: rfc822; user999@"));
  ExpectPlainText(content);
}

TEST(ReportTest, KeepsItsLinesShortWhateverWasSaid) {
  const std::string longest(2000, 'x');
  ReportedRecipient failed = UserUnknown(longest);
  failed.outcome = {Outcome::Kind::kFailed, "5.0.0", longest, longest};
  failed.is_expired = true;
  failed.recipient.set_original_recipient(absl::StrCat("rfc822;", longest));
  ExpectPlainText(ReportFor({failed}).content);
}

constexpr char kWhole[] = "Subject: hello\r\n\r\nthe body\r\n";

spool::v1::Envelope EnvelopeWithRetFull() {
  spool::v1::Envelope envelope = EnvelopeFrom("alice@example.net");
  envelope.set_dsn_return(spool::v1::RETURN_FULL);
  envelope.set_size_bytes(sizeof(kWhole) - 1);
  return envelope;
}

// RFC 3461 section 4.3.
TEST(ReportTest, BringsAllBackIfTheSenderWantsIt) {
  const std::string content =
      ReportOn(EnvelopeWithRetFull(), {UserUnknown()}, kWhole).content;
  EXPECT_THAT(content, HasSubstr("\r\nContent-Type: message/rfc822\r\n"));
  EXPECT_THAT(content, HasSubstr("\r\n\r\nSubject: hello\r\n\r\nthe body\r\n"));
  EXPECT_THAT(content, HasSubstr("Your message is attached.\r\n"));
}

TEST(ReportTest, BringsTheHeaderBackForAllOtherReasons) {  // MTA-37
  struct Case {
    const char* why;
    std::function<void(spool::v1::Envelope&, ReportedRecipient&)> change;
  };
  const Case cases[] = {
      {"RET=HDRS",
       [](auto& envelope, auto&) {
         envelope.set_dsn_return(spool::v1::RETURN_HEADERS);
       }},
      {"no RET", [](auto& envelope, auto&) { envelope.clear_dsn_return(); }},
      {"it is too large",
       [](auto& envelope, auto&) { envelope.set_size_bytes(50'001); }},
      {"RFC 8689 section 5",
       [](auto& envelope, auto&) { envelope.set_requiretls(true); }},
      {"nothing has failed",
       [](auto&, auto& reported) { reported.action = Action::kDelayed; }},
      {"it was delivered",
       [](auto&, auto& reported) { reported.action = Action::kDelivered; }},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    spool::v1::Envelope envelope = EnvelopeWithRetFull();
    ReportedRecipient reported = UserUnknown();
    c.change(envelope, reported);
    const std::string content = ReportOn(envelope, {reported}, kWhole).content;
    EXPECT_THAT(content, Not(HasSubstr("the body")));
    EXPECT_THAT(content, HasSubstr("Content-Type: text/rfc822-headers\r\n"));
    EXPECT_THAT(content,
                HasSubstr("The header of your message is attached.\r\n"));
  }
}

TEST(ReportTest, SaysThatItIs8BitIfWhatComesBackIs) {
  EXPECT_FALSE(ReportFor({UserUnknown()}).envelope.body_8bitmime());
  const Report report =
      ReportOn(EnvelopeWithRetFull(), {UserUnknown()}, "A: b\r\n\r\n\xE9\r\n");
  EXPECT_TRUE(report.envelope.body_8bitmime());
  EXPECT_FALSE(report.envelope.smtputf8());
  EXPECT_THAT(report.content,
              HasSubstr("Content-Transfer-Encoding: 8bit\r\n\r\nThis is"));
  EXPECT_THAT(report.content,
              HasSubstr("Content-Transfer-Encoding: 8bit\r\n\r\nA: b\r\n"));
}

TEST(ReportTest, NeedsTlsIfTheMessageDid) {
  spool::v1::Envelope envelope = EnvelopeFrom("alice@example.net");
  EXPECT_FALSE(ReportOn(envelope, {UserUnknown()}).envelope.requiretls());
  envelope.set_requiretls(true);
  EXPECT_TRUE(ReportOn(envelope, {UserUnknown()}).envelope.requiretls());
}

// RFC 6533.
TEST(ReportTest, IsInUtf8IfTheMessageWas) {
  spool::v1::Envelope envelope = EnvelopeFrom("alice@example.net");
  envelope.set_smtputf8(true);
  const Report report =
      ReportOn(envelope, {UserUnknown("j\xC3\xB6rg@example.com")},
               "Subject: caf\xC3\xA9\r\n\r\n");
  EXPECT_THAT(report.content, HasSubstr("message/global-delivery-status\r\n"));
  EXPECT_THAT(report.content, HasSubstr("message/global-headers\r\n"));
  EXPECT_THAT(report.content, HasSubstr("text/plain; charset=utf-8\r\n"));
  EXPECT_THAT(report.content,
              HasSubstr("Final-Recipient: utf-8; j\xC3\xB6rg@example.com\r\n"));
  EXPECT_THAT(report.content, HasSubstr("Subject: caf\xC3\xA9\r\n"));
  EXPECT_TRUE(report.envelope.body_8bitmime());
  EXPECT_FALSE(report.envelope.smtputf8());

  envelope.set_sender("j\xC3\xB6rg@example.net");
  const Report to_utf8 = ReportOn(envelope, {UserUnknown()});
  EXPECT_TRUE(to_utf8.envelope.smtputf8());
  EXPECT_THAT(to_utf8.content, HasSubstr("To: <j\xC3\xB6rg@example.net>\r\n"));
}

TEST(ReportTest, CarriesTheHeaderButNotTheBody) {  // MTA-37
  const std::string content = ReportFor({UserUnknown()}).content;
  EXPECT_THAT(content, HasSubstr("Subject: hello\r\n world\r\n"));
  EXPECT_THAT(content, Not(HasSubstr("the body")));
}

TEST(ReportTest, CutsTheHeaderAtBounceSizeLimit) {  // MTA-37
  ReportOptions options = kOptions;
  options.size_limit_bytes = 30;
  const std::string content =
      ReportFor({UserUnknown()}, kHeader, options).content;
  EXPECT_THAT(content, HasSubstr("Received: from a by b\r\n"));
  EXPECT_THAT(content, Not(HasSubstr("Subject: hello")));
}

TEST(ReportTest, LetsNothingFromOutsideBreakOutOfItsLine) {  // MTA-33
  ReportedRecipient evil = UserUnknown("a\r\nBcc: x@example.com");
  evil.outcome.reply =
      "550 no\r\nStatus: 2.0.0\r\n\r\n\xff" + std::string(5000, 'x');
  evil.outcome.host = "mx\r\nX: y";
  evil.outcome.status = "2.0.0\r\nAction: delivered";
  const std::string content =
      ReportFor({evil}, "Subject: caf\xc3\xa9\r\nX:" + std::string(2000, 'y') +
                            "\r\nbare\rand\nline\r\n\r\n")
          .content;
  ExpectPlainText(content);
  EXPECT_THAT(content, Not(HasSubstr("\r\nBcc:")));
  EXPECT_THAT(content, Not(HasSubstr("\r\nStatus: 2")));
  EXPECT_THAT(content, Not(HasSubstr("\r\nAction: delivered")));
  EXPECT_THAT(content, HasSubstr("Status: 5.0.0\r\n"));
  EXPECT_THAT(content, HasSubstr("Subject: caf??\r\n"));
}

}  // namespace
}  // namespace postern::mta::queue
