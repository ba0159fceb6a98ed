#include "ctl/zone_file.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace postern::ctl {
namespace {

constexpr char kName[] = "mail._domainkey.example.org";
constexpr char kHead[] = "$TTL 300\n@ IN SOA ns h ( 1 2 ; serial (\n 3 4 5 )\n";
constexpr char kRecord[] =
    "mail._domainkey.example.org.\tIN\tTXT\t( \"v=DKIM1; \"\n"
    "\t  \"p=abc\" )  ; ----- DKIM key\n";
constexpr char kTail[] = "other._domainkey.example.org. TXT \"p=x\"\n";

TEST(ZoneFileTest, WritesARecordOfSeveralStrings) {
  EXPECT_EQ(TxtRecordText("mail._domainkey.example.org.",
                          {"v=DKIM1; ", "p=abc"}, "DKIM key"),
            kRecord);
  EXPECT_EQ(TxtRecordText("a", {"n=\"x\\y\""}, "c"),
            "a\tIN\tTXT\t( \"n=\\\"x\\\\y\\\"\" )  ; ----- c\n");
}

TEST(ZoneFileTest, AddsARecordAtTheEnd) {
  EXPECT_FALSE(HasTxtRecord(absl::StrCat(kHead, kTail), kName));
  EXPECT_EQ(WithTxtRecord(absl::StrCat(kHead, kTail), kName, kRecord),
            absl::StrCat(kHead, kTail, kRecord));
  EXPECT_EQ(WithTxtRecord("a. A 192.0.2.1", kName, kRecord),
            absl::StrCat("a. A 192.0.2.1\n", kRecord));
  EXPECT_EQ(WithTxtRecord("", kName, kRecord), kRecord);
}

TEST(ZoneFileTest, ReplacesAndRemovesAllThatANameHas) {
  constexpr char kNew[] = "new record\n";
  const std::string again =
      "MAIL._domainkey.Example.org. 300 IN txt \"p=y; ( \\\" \"\n";
  const std::string text = absl::StrCat(kHead, kRecord, kTail, again);
  EXPECT_TRUE(HasTxtRecord(text, kName));
  EXPECT_EQ(WithTxtRecord(text, kName, kNew), absl::StrCat(kHead, kNew, kTail));
  EXPECT_EQ(WithTxtRecord(text, kName, ""), absl::StrCat(kHead, kTail));
}

TEST(ZoneFileTest, LeavesOtherRecordsAlone) {
  for (const char* line :
       {"mail._domainkey TXT \"p=\"\n",
        "; mail._domainkey.example.org. TXT x\n",
        "xmail._domainkey.example.org. TXT \"p=\"\n", "\n", "(", "\"", "\\"}) {
    EXPECT_FALSE(HasTxtRecord(line, kName)) << line;
    EXPECT_EQ(WithTxtRecord(line, kName, ""), line);
  }
  EXPECT_FALSE(HasTxtRecord(
      "mail._domainkey.example.org. CNAME TXT.example.org.\n", kName));
}

}  // namespace
}  // namespace postern::ctl
