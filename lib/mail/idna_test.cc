#include "lib/mail/idna.h"

#include <string>

#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mail {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;

TEST(IdnaTest, GivesTheNameThatTheDnsKnows) {
  struct Case {
    const char* why;
    const char* domain;
    const char* expected;
  };
  const Case cases[] = {
      {"one label",
       "b\xC3\xBC"
       "cher.example",
       "xn--bcher-kva.example"},
      {"upper case",
       "B\xC3\x9C"
       "CHER.Example",
       "xn--bcher-kva.example"},
      {"u and a combining diaeresis",
       "bu\xCC\x88"
       "cher.example",
       "xn--bcher-kva.example"},
      {"sharp s stays itself",
       "stra\xC3\x9F"
       "e.example",
       "xn--strae-oqa.example"},
      {"all labels",
       "\xE4\xBE\x8B\xE3\x81\x88.\xE3\x83\x86\xE3\x82\xB9\xE3\x83"
       "\x88",
       "xn--r8jz45g.xn--zckzah"},
      {"an ideographic full stop", "\xE4\xBE\x8B\xE3\x81\x88\xE3\x80\x82jp",
       "xn--r8jz45g.jp"},
      {"A-labels already", "XN--bcher-KVA.example", "xn--bcher-kva.example"},
      {"ASCII", "Mail_1.Example.ORG", "mail_1.example.org"},
      {"an address literal", "[IPv6:2001:db8::1]", "[ipv6:2001:db8::1]"},
      {"nothing", "", ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(ToALabels(c.domain), IsOkAndHolds(std::string(c.expected)));
  }
}

TEST(IdnaTest, RefusesWhatNoDomainCanBe) {
  struct Case {
    const char* why;
    std::string domain;
  };
  const Case cases[] = {
      {"not UTF-8",
       "b\xFC"
       "cher.example"},
      {"a control", "b\xC3\xBC\xC2\x85.example"},
      {"a begun combination",
       "\xCC\x88"
       "a.example"},
      {"a symbol that IDNA has not", "\xE2\x82\xAC\xEF\xBF\xBD.example"},
      {"a label of more than 63 bytes",
       std::string(60, 'a') + "\xC3\xBC\xC3\xA4.x"},
      {"too long", std::string(254, 'a') + "\xC3\xBC"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(ToALabels(c.domain),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(IdnaTest, ShowsPeopleTheNameThatTheyWrote) {
  EXPECT_EQ(ToULabels("xn--bcher-kva.example"),
            "b\xC3\xBC"
            "cher.example");
  EXPECT_EQ(ToULabels("example.org"), "example.org");
  EXPECT_EQ(ToULabels("xn--\x01.example"), "xn--\x01.example");
  EXPECT_EQ(ToULabels("xn--zzzzzz99999.example"), "xn--zzzzzz99999.example");
}

}  // namespace
}  // namespace postern::mail
