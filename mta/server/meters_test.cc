#include "mta/server/meters.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::server {
namespace {

using ::testing::HasSubstr;

TEST(MetersTest, EveryLabelIsThereFromTheBeginning) {
  metrics::Registry registry;
  const Meters meters(registry);
  const std::string text = registry.Render();
  EXPECT_THAT(text, HasSubstr("smtpd_commands_total{verb=\"ehlo\"} 0"));
  EXPECT_THAT(text, HasSubstr("smtpd_commands_total{verb=\"unknown\"} 0"));
  EXPECT_THAT(text, HasSubstr("smtpd_replies_total{class=\"5xx\"} 0"));
  EXPECT_THAT(text, HasSubstr("smtpd_recipients_total{result=\"relay\"} 0"));
  EXPECT_THAT(text,
              HasSubstr("smtpd_messages_total{result=\"bare_newline\"} 0"));
  EXPECT_THAT(text, HasSubstr("smtpd_messages_total{result=\"accepted\"} 0"));
}

TEST(MetersTest, CountsWhereItBelongs) {
  metrics::Registry registry;
  Meters meters(registry);
  meters.CountCommand(smtp::Verb::kRcpt);
  meters.CountReply(4);
  meters.CountReply(0);
  meters.CountReply(9);
  meters.CountRecipient(restrictions::Reason::kNone);
  meters.CountRecipient(restrictions::Reason::kUnknownRecipient);
  meters.CountBadMessage(smtp::DataReader::Problem::kNone);
  meters.CountBadMessage(smtp::DataReader::Problem::kTooLarge);
  meters.CountAuth("PLAIN", AuthResult::kRejected);
  meters.CountAuth("X-INVENTED", AuthResult::kUnknownMechanism);
  const std::string text = registry.Render();
  EXPECT_THAT(
      text,
      HasSubstr("smtpd_auth_total{mechanism=\"PLAIN\",result=\"rejected\"} 1"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "smtpd_auth_total{mechanism=\"other\",result=\"broken_off\"} 1"));
  EXPECT_THAT(text, HasSubstr("smtpd_commands_total{verb=\"rcpt\"} 1"));
  EXPECT_THAT(text, HasSubstr("smtpd_replies_total{class=\"4xx\"} 1"));
  EXPECT_THAT(text, HasSubstr("smtpd_recipients_total{result=\"accepted\"} 1"));
  EXPECT_THAT(
      text,
      HasSubstr("smtpd_recipients_total{result=\"unknown_recipient\"} 1"));
  EXPECT_THAT(text, HasSubstr("smtpd_messages_total{result=\"too_large\"} 1"));
}

}  // namespace
}  // namespace postern::mta::server
