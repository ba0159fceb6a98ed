#include "greylistd/sender.h"

#include <string>

#include "gtest/gtest.h"

namespace postern::greylistd {
namespace {

std::string Normalized(absl::string_view sender) {
  std::string out;
  AppendNormalizedSender(sender, out);
  return out;
}

TEST(SenderTest, DropsWhatChangesFromMailToMail) {
  struct Case {
    const char* why;
    const char* sender;
    const char* normalized;
  };
  const Case cases[] = {
      {"nothing to drop", "alice@example.org", "alice@example.org"},
      {"the null sender", "", ""},
      {"no domain", "MAILER-DAEMON+x", "MAILER-DAEMON+x"},
      {"BATV", "prvs=0123456789=alice@example.org", "alice@example.org"},
      {"BATV, swapped", "prvs=alice=0123456789@example.org",
       "alice@example.org"},
      {"BATV, tag is short: the last part is the user",
       "prvs=1234=alice@example.org", "alice@example.org"},
      {"BATV, both could be the tag", "prvs=0123456789=abcdefghij@example.org",
       "abcdefghij@example.org"},
      {"BATV, tag with more behind it", "prvs=alice=0123456789ff@example.org",
       "alice@example.org"},
      {"too few parts", "prvs=alice@example.org", "prvs=alice@example.org"},
      {"empty last part", "prvs=alice=@example.org", "prvs=alice=@example.org"},
      {"too many parts", "prvs=1=2=a@example.org", "prvs=#=#=a@example.org"},
      {"tag with capitals is none", "prvs=012345678X=alice@example.org",
       "alice@example.org"},
      {"extension", "alice+lists+x@example.org", "alice@example.org"},
      {"extension after BATV", "prvs=0123456789=alice+x@example.org",
       "alice@example.org"},
      {"VERP number", "list-return-1234-bob=example.com@lists.example.org",
       "list-return-#-bob=example.com@lists.example.org"},
      {"number alone", "12345@example.org", "#@example.org"},
      {"number at both ends", "1.alice.2@example.org", "#.alice.#@example.org"},
      {"number within a word stays", "alice2@example.org",
       "alice2@example.org"},
      {"underscore makes it a word", "a_12@example.org", "a_12@example.org"},
      {"numbers of the domain stay", "a@12.example.org", "a@12.example.org"},
      {"the first at sign counts", "1@2@example.org", "#@2@example.org"},
      {"only an extension", "+x@example.org", "@example.org"},
      {"SRS has words with digits", "SRS0=HHH=12=a.org=bob@x.org",
       "SRS0=HHH=#=a.org=bob@x.org"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(Normalized(c.sender), c.normalized);
  }
}

TEST(SenderTest, AppendsToWhatIsThere) {
  std::string out = "net/";
  AppendNormalizedSender("a+b@c", out);
  EXPECT_EQ(out, "net/a@c");
}

}  // namespace
}  // namespace postern::greylistd
