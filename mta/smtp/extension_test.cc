#include "mta/smtp/extension.h"

#include "gtest/gtest.h"

namespace postern::mta::smtp {
namespace {

TEST(ExtensionTest, OffersWhatIsSet) {
  EXPECT_EQ(EhloText("mx.example.org", {}), "mx.example.org");
  const Extensions all = {.pipelining = true,
                          .size = true,
                          .size_limit_bytes = 1000,
                          .eight_bit_mime = true,
                          .enhanced_status_codes = true,
                          .smtputf8 = true,
                          .dsn = true,
                          .requiretls = true};
  EXPECT_EQ(EhloText("mx.example.org", all),
            "mx.example.org\nPIPELINING\nSIZE 1000\nENHANCEDSTATUSCODES\n"
            "8BITMIME\nDSN\nSMTPUTF8\nREQUIRETLS");
}

TEST(ExtensionTest, WhatIsOfferedIsReadBack) {
  const Extensions all = {.pipelining = true,
                          .size = true,
                          .size_limit_bytes = 1000,
                          .eight_bit_mime = true,
                          .enhanced_status_codes = true,
                          .smtputf8 = true,
                          .dsn = true,
                          .requiretls = true};
  EXPECT_EQ(ParseEhlo({250, "", EhloText("mx", all)}), all);
  EXPECT_EQ(ParseEhlo({250, "", EhloText("mx", {})}), Extensions());
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
