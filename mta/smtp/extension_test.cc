#include "mta/smtp/extension.h"

#include "gtest/gtest.h"

namespace postern::mta::smtp {
namespace {

Extensions All() {
  return {.pipelining = true,
          .size = true,
          .size_limit_bytes = 1000,
          .eight_bit_mime = true,
          .enhanced_status_codes = true,
          .smtputf8 = true,
          .dsn = true,
          .requiretls = true,
          .chunking = true,
          .starttls = true,
          .auth_mechanisms = "PLAIN LOGIN",
          .auth_with_equals_sign = true,
          .max_recipients = 50,
          .max_messages = 7,
          .xclient = true,
          .xforward = true,
          .xhandoff = true};
}

TEST(ExtensionTest, OffersWhatIsSet) {
  EXPECT_EQ(EhloText("mx.example.org", {}), "mx.example.org");
  EXPECT_EQ(
      EhloText("mx.example.org", All()),
      "mx.example.org\nPIPELINING\nSTARTTLS\nENHANCEDSTATUSCODES\n8BITMIME\n"
      "DSN\nSMTPUTF8\nCHUNKING\nREQUIRETLS\n"
      "XCLIENT NAME ADDR PROTO HELO REVERSE_NAME PORT LOGIN DESTADDR DESTPORT\n"
      "XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT\n"
      "XHANDOFF\n"
      "SIZE 1000\nAUTH PLAIN LOGIN\nAUTH=PLAIN LOGIN\nLIMITS MAILMAX=7 "
      "RCPTMAX=50");
}

TEST(ExtensionTest, WhatIsOfferedIsReadBack) {
  EXPECT_EQ(ParseEhlo({250, "", EhloText("mx", All())}), All());
  EXPECT_EQ(ParseEhlo({250, "", EhloText("mx", {})}), Extensions());
}

TEST(ExtensionTest, EveryExtensionCanBeWithdrawn) {
  Extensions offered = All();
  for (const char* keyword :
       {"pipelining", "SIZE", "8bitmime", "EnhancedStatusCodes", "SMTPUTF8",
        "dsn", "requiretls", "chunking", "starttls", "auth", "limits",
        "xclient", "xforward", "xhandoff"}) {
    EXPECT_TRUE(Withdraw(keyword, offered)) << keyword;
  }
  EXPECT_EQ(EhloText("mx", offered), "mx");
  EXPECT_FALSE(Withdraw("XYZZY", offered));
}

TEST(ExtensionTest, ALimitThatIsNoNumberIsNone) {
  const Extensions offered =
      ParseEhlo({250, "", "mx\nLIMITS RCPTMAX=-1 MAILMAX=99999999999 X=1 Y"});
  EXPECT_EQ(offered.max_recipients, 0u);
  EXPECT_EQ(offered.max_messages, 0u);
}

TEST(ExtensionTest, KeywordsAreReadInAnyCaseAndUnknownOnesPassedOver) {
  const Extensions offered = ParseEhlo(
      {250, "", "mx hello\npipelining\nX-UNKNOWN 1 2\n\nSiZe\n8BitMime x"});
  EXPECT_TRUE(offered.pipelining);
  EXPECT_TRUE(offered.size);
  EXPECT_EQ(offered.size_limit_bytes, 0);
  EXPECT_TRUE(offered.eight_bit_mime);
  EXPECT_FALSE(offered.enhanced_status_codes);
}

TEST(ExtensionTest, TheFirstLineIsAGreetingAndNoKeyword) {
  EXPECT_EQ(ParseEhlo({250, "", "PIPELINING"}), Extensions());
}

// MTA-26.
TEST(ExtensionTest, AnImpossibleSizeCountsAsNone) {
  for (const char* text : {"mx\nSIZE -1", "mx\nSIZE 99999999999999999999999",
                           "mx\nSIZE x", "mx\nSIZE 0", "mx\nSIZE 1 2"}) {
    const Extensions offered = ParseEhlo({250, "", text});
    EXPECT_TRUE(offered.size) << text;
    EXPECT_EQ(offered.size_limit_bytes, 0) << text;
  }
}

}  // namespace
}  // namespace postern::mta::smtp
