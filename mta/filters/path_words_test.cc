#include "mta/filters/path_words.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::filters {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PathWordsTest, HaveWhatMailSaid) {
  EXPECT_THAT(WordsOf(smtp::MailParameters()), IsEmpty());
  smtp::MailParameters mail;
  mail.size_bytes = 44;
  mail.body_8bitmime = true;
  mail.smtputf8 = true;
  mail.requiretls = true;
  mail.dsn_return = smtp::MailParameters::Return::kHeaders;
  mail.envelope_id = "QQ+2B";
  mail.auth = "a=b@c";
  EXPECT_THAT(WordsOf(mail),
              ElementsAre("SIZE=44", "BODY=8BITMIME", "SMTPUTF8", "REQUIRETLS",
                          "RET=HDRS", "ENVID=QQ+2B", "AUTH=a+3Db@c"));
  mail = {};
  mail.auth = "";
  EXPECT_THAT(WordsOf(mail), ElementsAre("AUTH=<>"));
}

TEST(PathWordsTest, HaveWhatRcptSaid) {
  EXPECT_THAT(WordsOf(smtp::RcptParameters()), IsEmpty());
  smtp::RcptParameters rcpt;
  rcpt.notify_failure = true;
  rcpt.notify_delay = true;
  rcpt.original_recipient = "rfc822;a@b";
  EXPECT_THAT(WordsOf(rcpt),
              ElementsAre("NOTIFY=FAILURE,DELAY", "ORCPT=rfc822;a@b"));
}

TEST(PathWordsTest, MacrosTellTheAddress) {
  milter::Macros macros;
  SetAddressMacros("rcpt", "a@example.org", macros);
  EXPECT_EQ(macros.Get("rcpt_addr"), "a@example.org");
  EXPECT_EQ(macros.Get("rcpt_host"), "example.org");
  EXPECT_EQ(macros.Get("rcpt_mailer"), "smtp");
  SetAddressMacros("mail", "", macros);
  EXPECT_EQ(macros.Get("mail_addr"), "");
}

TEST(PathWordsTest, MacrosTellWhyARecipientWasRefused) {
  milter::Macros macros;
  SetAddressMacros("rcpt", "a@example.org", macros);
  SetRejectionMacros({550, "5.1.1", "User unknown\nask postmaster"}, macros);
  EXPECT_EQ(macros.Get("rcpt_mailer"), "error");
  EXPECT_EQ(macros.Get("rcpt_host"), "5.1.1");
  EXPECT_EQ(macros.Get("rcpt_addr"), "User unknown?ask postmaster");
  SetRejectionMacros({554, "5.7.1", "<a@example.org>: Relay access denied"},
                     macros);
  EXPECT_EQ(macros.Get("rcpt_addr"), "Relay access denied");
  SetRejectionMacros({450, "", "<later"}, macros);
  EXPECT_EQ(macros.Get("rcpt_addr"), "<later");
  EXPECT_EQ(macros.Get("rcpt_host"), "4.0.0");
}

}  // namespace
}  // namespace postern::mta::filters
