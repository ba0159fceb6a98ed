#include "mta/queue/delivery_status.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::queue {
namespace {

using Action = ReportedRecipient::Action;
using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
const ReportOptions kOptions = {.myhostname = "mx.example.org"};

class DeliveryStatusTest : public ::testing::Test {
 protected:
  DeliveryStatusTest() {
    envelope_.set_sender("alice@example.net");
    envelope_.set_queued_us(absl::ToUnixMicros(kNow - absl::Hours(3)));
    reported_.recipient.set_address("bob@example.com");
    reported_.outcome = {Outcome::Kind::kFailed, "5.1.1",
                         "550 5.1.1 no such user", "mx.example.com"};
  }

  std::string Status(ShownCharset charset = ShownCharset::kAscii) const {
    return DeliveryStatus({.id = {1},
                           .envelope = envelope_,
                           .recipients = {reported_},
                           .content = "",
                           .retry_until = kNow + absl::Hours(2)},
                          kOptions, charset, kNow);
  }

  spool::v1::Envelope envelope_;
  ReportedRecipient reported_;
};

TEST_F(DeliveryStatusTest, SaysWhoDidNotGetItAndWhy) {
  EXPECT_EQ(Status(),
            "Reporting-MTA: dns; mx.example.org\r\n"
            "X-Postern-Queue-ID: 0000000000001\r\n"
            "X-Postern-Sender: rfc822; alice@example.net\r\n"
            "Arrival-Date: Tue, 14 Nov 2023 19:13:20 +0000\r\n"
            "\r\n"
            "Final-Recipient: rfc822; bob@example.com\r\n"
            "Action: failed\r\n"
            "Status: 5.1.1\r\n"
            "Remote-MTA: dns; mx.example.com\r\n"
            "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
            "Last-Attempt-Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n");
}

// RFC 3461 section 6.3.
TEST_F(DeliveryStatusTest, NamesMessageAndRecipientAsTheSenderDid) {
  envelope_.set_dsn_envelope_id("QQ+2B1");
  reported_.recipient.set_original_recipient("rfc822;bob+2Bx@old.example");
  EXPECT_THAT(Status(), HasSubstr("Original-Envelope-Id: QQ+1\r\n"));
  EXPECT_THAT(Status(), HasSubstr("\r\n\r\nOriginal-Recipient: rfc822; "
                                  "bob+x@old.example\r\nFinal-Recipient:"));
}

TEST_F(DeliveryStatusTest, LeavesOutWhatIsNoXtext) {  // MTA-33
  envelope_.set_dsn_envelope_id("a=b");
  for (const char* orcpt : {"", "rfc822", "rfc822;", ";x", "rfc822;a=b"}) {
    reported_.recipient.set_original_recipient(orcpt);
    EXPECT_THAT(Status(), Not(HasSubstr("Original-")));
  }
}

TEST_F(DeliveryStatusTest, LetsNothingBreakOutOfItsLine) {  // MTA-33
  envelope_.set_dsn_envelope_id("x+0D+0AReporting-MTA:+20dns;+20evil");
  reported_.recipient.set_original_recipient("rfc822;a+0D+0AStatus:+202.0.0");
  reported_.outcome.reply = "550 no\r\nStatus: 2.0.0";
  reported_.outcome.host = "mx\r\nX: y";
  const std::string status = Status();
  EXPECT_THAT(status, Not(HasSubstr("\r\nStatus: 2")));
  EXPECT_THAT(status, Not(HasSubstr("\r\nX: y")));
  EXPECT_THAT(status, Not(HasSubstr("\nReporting-MTA: dns; evil")));
}

TEST_F(DeliveryStatusTest, HasTheActionAndAStatusThatGoesWithIt) {
  struct Case {
    const char* why;
    Action action;
    const char* status;
    bool is_expired;
    const char* expected;
  };
  const Case cases[] = {
      {"failed", Action::kFailed, "5.1.1", false,
       "Action: failed\r\nStatus: 5.1.1\r\n"},
      {"failed without a status", Action::kFailed, "", false,
       "Action: failed\r\nStatus: 5.0.0\r\n"},
      {"failed with what is none", Action::kFailed, "5.1.1234", false,
       "Action: failed\r\nStatus: 5.0.0\r\n"},
      {"failed with a success", Action::kFailed, "2.0.0", false,
       "Action: failed\r\nStatus: 5.0.0\r\n"},
      {"expired keeps why it waited", Action::kFailed, "4.4.1", true,
       "Action: failed\r\nStatus: 4.4.1\r\n"},
      {"expired without a status", Action::kFailed, "", true,
       "Action: failed\r\nStatus: 4.4.7\r\n"},
      {"delayed", Action::kDelayed, "4.2.2", false,
       "Action: delayed\r\nStatus: 4.2.2\r\n"},
      {"delayed without a status", Action::kDelayed, "5.0.0", false,
       "Action: delayed\r\nStatus: 4.0.0\r\n"},
      {"delivered", Action::kDelivered, "2.6.0", false,
       "Action: delivered\r\nStatus: 2.6.0\r\n"},
      {"relayed without a status", Action::kRelayed, "x", false,
       "Action: relayed\r\nStatus: 2.0.0\r\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    reported_.action = c.action;
    reported_.outcome.status = c.status;
    reported_.is_expired = c.is_expired;
    EXPECT_THAT(Status(), HasSubstr(c.expected));
    EXPECT_EQ(Status().find("Will-Retry-Until: Wed, 15 Nov 2023 00:13:20 "
                            "+0000\r\n") != std::string::npos,
              c.action == Action::kDelayed);
  }
}

TEST_F(DeliveryStatusTest, SaysWhenWeSaidItOurselves) {
  reported_.outcome = {Outcome::Kind::kDeferred, "", "connection refused", ""};
  EXPECT_THAT(Status(),
              HasSubstr("Diagnostic-Code: x-postern; connection refused\r\n"));
  EXPECT_THAT(Status(), Not(HasSubstr("Remote-MTA:")));
}

// RFC 6533 section 3.
TEST_F(DeliveryStatusTest, GivesAddressesBeyondAsciiTheirType) {
  reported_.recipient.set_address("j\xC3\xB6rg@example.com");
  reported_.recipient.set_original_recipient("utf-8;j\\x{F6}rg@example.com");
  EXPECT_THAT(Status(ShownCharset::kUtf8),
              HasSubstr("Original-Recipient: utf-8; j\\x{F6}rg@example.com\r\n"
                        "Final-Recipient: utf-8; j\xC3\xB6rg@example.com\r\n"));
  EXPECT_THAT(Status(ShownCharset::kUtf8),
              HasSubstr("X-Postern-Sender: rfc822; alice@example.net\r\n"));
  EXPECT_THAT(Status(),
              HasSubstr("Final-Recipient: rfc822; j??rg@example.com\r\n"));
}

// RFC 3464 section 2.3.3.
TEST_F(DeliveryStatusTest, AnAliasOfSeveralIsExpanded) {
  reported_.action = Action::kExpanded;
  reported_.outcome = {Outcome::Kind::kDelivered, "2.0.0", "alias expanded", "",
                       Outcome::Handover::kExpanded};
  EXPECT_THAT(Status(), HasSubstr("\r\nAction: expanded\r\nStatus: 2.0.0\r\n"));
}

}  // namespace
}  // namespace postern::mta::queue
