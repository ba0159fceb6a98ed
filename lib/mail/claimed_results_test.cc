#include "lib/mail/claimed_results.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mail {
namespace {

constexpr absl::string_view kOurs = "mx.example.org";

TEST(ClaimedResultsTest, INJ06ResultsThatClaimToBeOursAreKnown) {
  struct Case {
    const char* why;
    const char* value;
  };
  const Case cases[] = {
      {"plain", "mx.example.org; spf=pass"},
      {"letters' case", "MX.Example.ORG; spf=pass"},
      {"a version", "mx.example.org 1; spf=pass"},
      {"a comment before", "(x) mx.example.org; spf=pass"},
      {"nested comments", "(a(b\\)c)) mx.example.org (d) 1 (e); spf=pass"},
      {"folded", "\r\n\tmx.example.org\r\n\t;\r\n spf=pass"},
      {"quoted", "\"mx.example.org\"; spf=pass"},
      {"quoted letters", "\"m\\x.example.or\\g\"; spf=pass"},
      {"a dot at the end", "mx.example.org.; spf=pass"},
      {"blanks in quotes", "\" mx.example.org \"; spf=pass"},
      {"no results", "mx.example.org"},
      {"no semicolon", "mx.example.org spf=pass"},
      {"a job in quotes", "\"mx.example.org/3x7\" 1; spf=pass"},
      {"a job in another form", "mx.example.org/3x7; spf=pass"},
      {"a name in brackets", "<mx.example.org>; spf=pass"},
      {"a second name", "a.example mx.example.org; spf=pass"},
      {"a string without end", "\"mx.example.org; spf=pass"},
      {"a comment without end", "mx.example.org; spf=pass (x"},
      {"a comment without end, first", "(mx.example.org; spf=pass"},
      {"cut by comments", "mx.(x)example.(y)org; spf=pass"},
      {"cut by quotes", "\"mx.example\".org; spf=pass"},
      {"cut by a fold", "mx.exam\r\n ple.org; spf=pass"},
      {"an encoded word", "=?utf-8?q?mx=2Eexample=2Eorg?=; spf=pass"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_TRUE(ClaimsToBeOurs(
        absl::StrCat("Authentication-Results: ", c.value, "\r\n"), kOurs));
  }
}

TEST(ClaimedResultsTest, INJ06TheNameOfTheFieldMayBeWrittenOddly) {
  EXPECT_TRUE(ClaimsToBeOurs("AUTHENTICATION-results:mx.example.org;", kOurs));
  EXPECT_TRUE(
      ClaimsToBeOurs("Authentication-Results \t: mx.example.org;", kOurs));
}

TEST(ClaimedResultsTest, INJ06AnInternationalNameIsKnownInBothForms) {
  const char* const encoded = "mx.xn--bcher-kva.example";
  const char* const written =
      "mx.b\xc3\xbc"
      "cher.example";
  for (const char* ours : {encoded, written}) {
    for (const char* theirs : {encoded, written, "MX.XN--BCHER-KVA.example.",
                               "mx.B\xc3\x9c"
                               "CHER.example"}) {
      EXPECT_TRUE(ClaimsToBeOurs(
          absl::StrCat("Authentication-Results: ", theirs, "; spf=pass"), ours))
          << ours << " " << theirs;
    }
  }
}

TEST(ClaimedResultsTest, INJ08ResultsOfOtherHostsStay) {
  for (const char* value :
       {"mx.example.net; spf=pass smtp.mailfrom=a@mx.example.org",
        "example.org; none", "a.mx.example.org; none",
        "mx.example.org.evil.example; none", "(mx.example.org) a.example; none",
        "b\xc3\xbc"
        "cher.example; none"}) {
    EXPECT_FALSE(ClaimsToBeOurs(
        absl::StrCat("Authentication-Results: ", value, "\r\n"), kOurs))
        << value;
  }
}

TEST(ClaimedResultsTest, INJ08OtherFieldsStay) {
  for (const char* field :
       {"ARC-Authentication-Results: i=1; mx.example.org; spf=pass\r\n",
        "X-Authentication-Results: mx.example.org; spf=pass\r\n",
        "Received-SPF: pass (mx.example.org)\r\n",
        "Authentication-Results mx.example.org\r\n", ""}) {
    EXPECT_FALSE(ClaimsToBeOurs(field, kOurs)) << field;
  }
}

}  // namespace
}  // namespace postern::mail
