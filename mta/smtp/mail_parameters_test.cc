#include "mta/smtp/mail_parameters.h"

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/smtp/reply.h"

namespace postern::mta::smtp {
namespace {

using ::testing::Optional;
using ::testing::StartsWith;
using Return = MailParameters::Return;

const Extensions kAll = {.smtputf8 = true,
                         .dsn = true,
                         .requiretls = true,
                         .auth_mechanisms = "PLAIN"};

MailParameters Mail(absl::string_view text) {
  MailParameters parameters;
  const absl::Status read = ReadMailParameters(text, kAll, parameters);
  EXPECT_TRUE(read.ok()) << text << ": " << read;
  return parameters;
}

RcptParameters Rcpt(absl::string_view text) {
  RcptParameters parameters;
  const absl::Status read = ReadRcptParameters(text, kAll, parameters);
  EXPECT_TRUE(read.ok()) << text << ": " << read;
  return parameters;
}

std::string MailRefusal(absl::string_view text,
                        const Extensions& offered = kAll) {
  MailParameters parameters;
  const absl::Status read = ReadMailParameters(text, offered, parameters);
  return read.ok() ? "accepted" : ReplyFor(read).Format();
}

std::string RcptRefusal(absl::string_view text,
                        const Extensions& offered = kAll) {
  RcptParameters parameters;
  const absl::Status read = ReadRcptParameters(text, offered, parameters);
  return read.ok() ? "accepted" : ReplyFor(read).Format();
}

TEST(MailParametersTest, NoneAreFine) {
  const MailParameters none = Mail("  ");
  EXPECT_EQ(none.size_bytes, 0);
  EXPECT_FALSE(none.body_8bitmime || none.smtputf8 || none.requiretls);
  EXPECT_EQ(none.dsn_return, Return::kUnset);
  EXPECT_EQ(none.auth, std::nullopt);
  EXPECT_EQ(Rcpt("").original_recipient, "");
}

TEST(MailParametersTest, TakesAllOfThemInAnyCase) {
  const MailParameters all = Mail(
      " size=1234 Body=8bitMIME smtputf8 REQUIRETLS RET=hdrs "
      "ENVID=QQ+2B1 AUTH=e+3Dmc2@example.com");
  EXPECT_EQ(all.size_bytes, 1234);
  EXPECT_TRUE(all.body_8bitmime);
  EXPECT_TRUE(all.smtputf8);
  EXPECT_TRUE(all.requiretls);
  EXPECT_EQ(all.dsn_return, Return::kHeaders);
  EXPECT_EQ(all.envelope_id, "QQ+2B1") << "kept as it came";
  EXPECT_THAT(all.auth, Optional(std::string("e=mc2@example.com")));
  EXPECT_THAT(Mail("AUTH=<>").auth, Optional(std::string()));
  EXPECT_EQ(Mail("RET=FULL").dsn_return, Return::kFull);
  EXPECT_FALSE(Mail("BODY=7BIT").body_8bitmime);
}

TEST(MailParametersTest, MTA26SizeIsCheckedForOverflow) {
  EXPECT_EQ(Mail("SIZE=18446744073709551615").size_bytes,
            std::numeric_limits<int64_t>::max());
  EXPECT_EQ(Mail("SIZE=00000000000000000009").size_bytes, 9);
  for (const char* size :
       {"SIZE", "SIZE=", "SIZE=-1", "SIZE=+1", "SIZE=1k", "SIZE=0x10",
        "SIZE=1=2", "SIZE=100000000000000000000000"}) {
    EXPECT_THAT(MailRefusal(size), StartsWith("501 5.5.4")) << size;
  }
}

TEST(MailParametersTest, WhatIsNotOfferedIsRefused) {
  for (const char* text :
       {"SMTPUTF8", "AUTH=<>", "RET=HDRS", "ENVID=x", "REQUIRETLS", "XSIZE=1",
        "NOTIFY=NEVER", "BY=1;R", "=", "=x"}) {
    EXPECT_THAT(MailRefusal(text, {}), StartsWith("555 5.5.4")) << text;
  }
  for (const char* text : {"NOTIFY=NEVER", "ORCPT=rfc822;a@b", "SIZE=1"}) {
    EXPECT_THAT(RcptRefusal(text, {}), StartsWith("555 5.5.4")) << text;
  }
  EXPECT_THAT(MailRefusal("MT-PRIORITY=3"), StartsWith("555 5.5.4"));
  EXPECT_THAT(RcptRefusal("SIZE=1"), StartsWith("555 5.5.4"));
}

TEST(MailParametersTest, WrongValuesAreRefused) {
  for (const char* text :
       {"SIZE=1 SIZE=2", "BODY=7BIT body=8BITMIME", "SMTPUTF8 SMTPUTF8",
        "BODY=BINARYMIME", "BODY", "SMTPUTF8=yes", "REQUIRETLS=", "RET",
        "RET=BODY", "ENVID", "ENVID=", "ENVID=a=b", "ENVID=+1", "ENVID=+GG",
        "AUTH", "AUTH=", "AUTH=<", "AUTH=a b"}) {
    EXPECT_THAT(MailRefusal(text), StartsWith("501 5.5.4")) << text;
  }
  for (const char* text :
       {"NOTIFY", "NOTIFY=", "NOTIFY=NEVER,SUCCESS", "NOTIFY=SUCCESS,",
        "NOTIFY=ALWAYS", "NOTIFY=NEVER NOTIFY=NEVER", "ORCPT", "ORCPT=",
        "ORCPT=a@b", "ORCPT=;a@b", "ORCPT=rfc822;", "ORCPT=rfc 822;a@b",
        "ORCPT=rf(822;a@b", "ORCPT=rfc822;a=b", "ORCPT=rfc822;\xc3\xa9@b"}) {
    EXPECT_THAT(RcptRefusal(text), ::testing::AnyOf(StartsWith("501 5.5.4"),
                                                    StartsWith("555 5.5.4")))
        << text;
  }
}

TEST(MailParametersTest, MTA25MTA34NothingUnprintableHidesInXtext) {
  for (const char* coded :
       {"+00", "a+00b", "a+0Ab", "+0D+0A", "+7F", "+C3+A9"}) {
    EXPECT_THAT(MailRefusal(absl::StrCat("ENVID=", coded)), StartsWith("501"))
        << coded;
    EXPECT_THAT(MailRefusal(absl::StrCat("AUTH=", coded)), StartsWith("501"))
        << coded;
    EXPECT_THAT(RcptRefusal(absl::StrCat("ORCPT=rfc822;", coded)),
                StartsWith("501"))
        << coded;
  }
}

TEST(MailParametersTest, LengthsAreBounded) {
  EXPECT_EQ(Mail("ENVID=" + std::string(100, 'x')).envelope_id.size(), 100u);
  EXPECT_THAT(MailRefusal("ENVID=" + std::string(101, 'x')), StartsWith("501"));
  EXPECT_THAT(MailRefusal("AUTH=a@" + std::string(600, 'x')),
              StartsWith("501"));
  EXPECT_THAT(RcptRefusal("ORCPT=rfc822;" + std::string(500, 'x')),
              StartsWith("501"));
}

TEST(MailParametersTest, TakesWhatTheSenderWantsToKnow) {
  const RcptParameters some =
      Rcpt(" NOTIFY=success,DELAY ORCPT=rfc822;Bob+2Bx@Example.COM");
  EXPECT_TRUE(some.notify_success);
  EXPECT_TRUE(some.notify_delay);
  EXPECT_FALSE(some.notify_failure || some.notify_never);
  EXPECT_EQ(some.original_recipient, "rfc822;Bob+2Bx@Example.COM");
  EXPECT_TRUE(Rcpt("NOTIFY=never").notify_never);
  EXPECT_TRUE(Rcpt("NOTIFY=FAILURE").notify_failure);
}

// MTA-43.
TEST(MailParametersTest, AnOriginalRecipientBeyondAsciiIsKeptAsAscii) {
  EXPECT_EQ(Rcpt("ORCPT=utf-8;h\xc3\xa9@example.org").original_recipient,
            "utf-8;h\\x{E9}@example.org");
  EXPECT_EQ(Rcpt("ORCPT=utf-8;h\\x{E9}@example.org").original_recipient,
            "utf-8;h\\x{E9}@example.org");
  EXPECT_THAT(RcptRefusal("ORCPT=utf-8;h\xc3@example.org"), StartsWith("501"));
  EXPECT_THAT(RcptRefusal("ORCPT=utf-8;h\xc3\xa9@b", {.dsn = true}),
              StartsWith("501"))
      << "not offered";
}

}  // namespace
}  // namespace postern::mta::smtp
