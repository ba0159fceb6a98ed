#include "lib/mail/address.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mail {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;

TEST(AddressTest, ReadsThePathsOfRfc5321) {
  struct Case {
    const char* why;
    absl::string_view text;
    const char* local_part;
    const char* domain;
    const char* printed;
  };
  const Case cases[] = {
      {"plain", "<a@example.org>", "a", "example.org", "a@example.org"},
      {"dots", "<a.b.c@example.org>", "a.b.c", "example.org",
       "a.b.c@example.org"},
      {"every atom character", "<!#$%&'*+-/=?^_`{|}~@x>", "!#$%&'*+-/=?^_`{|}~",
       "x", "!#$%&'*+-/=?^_`{|}~@x"},
      {"case is kept", "<User@Example.ORG>", "User", "Example.ORG",
       "User@Example.ORG"},
      {"one label", "<root@localhost>", "root", "localhost", "root@localhost"},
      {"underscore", "<a@my_host.example>", "a", "my_host.example",
       "a@my_host.example"},
      {"quotes that are not needed", "<\"a.b\"@x>", "a.b", "x", "a.b@x"},
      {"space", "<\"a b\"@x>", "a b", "x", "\"a b\"@x"},
      {"quote and backslash", "<\"a\\\"b\\\\c\"@x>", "a\"b\\c", "x",
       "\"a\\\"b\\\\c\"@x"},
      {"backslash that is not needed", "<\"\\a\\@\"@x>", "a@", "x", "\"a@\"@x"},
      {"brackets in quotes", "<\"<>\"@x>", "<>", "x", "\"<>\"@x"},
      {"empty local part", "<\"\"@x>", "", "x", "\"\"@x"},
      {"dots as some have them", "<.a..b.@x>", ".a..b.", "x", "\".a..b.\"@x"},
      {"IPv4 literal", "<a@[192.0.2.1]>", "a", "[192.0.2.1]", "a@[192.0.2.1]"},
      {"IPv6 literal", "<a@[ipv6:2001:DB8::1]>", "a", "[IPv6:2001:db8::1]",
       "a@[IPv6:2001:db8::1]"},
      {"source route", "<@a.example,@[192.0.2.1]:b@c>", "b", "c", "b@c"},
      {"source route and quotes", "<@a:\"b c\"@d>", "b c", "d", "\"b c\"@d"},
      {"digits, and a label that is none", "<a@1.2.3.x4>", "a", "1.2.3.x4",
       "a@1.2.3.x4"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    const auto path = ParsePath(PathKind::kReverse, c.text);
    ASSERT_THAT(path, IsOk());
    EXPECT_EQ(path->address.local_part, c.local_part);
    EXPECT_EQ(path->address.domain, c.domain);
    EXPECT_EQ(path->consumed, c.text.size());
    EXPECT_EQ(path->address.ToString(), c.printed);
    EXPECT_THAT(Address::Parse(c.printed), IsOkAndHolds(path->address));
    EXPECT_TRUE(ParsePath(PathKind::kForward, c.text).ok());
  }
}

// RFC 6531 section 3.3; MTA-43.
TEST(AddressTest, ReadsCharactersBeyondAsciiOnlyWhenAsked) {
  struct Case {
    const char* why;
    absl::string_view text;
    const char* local_part;
    const char* domain;
    const char* printed;
  };
  const Case cases[] = {
      {"local part", "<j\xC3\xB6rg@example.org>", "j\xC3\xB6rg", "example.org",
       "j\xC3\xB6rg@example.org"},
      {"domain", "<a@b\xC3\xBC\x63her.example>", "a",
       "b\xC3\xBC\x63her.example", "a@b\xC3\xBC\x63her.example"},
      {"quoted", "<\"j\xC3\xB6 rg\"@x>", "j\xC3\xB6 rg", "x",
       "\"j\xC3\xB6 rg\"@x"},
      {"quotes that are not needed", "<\"j\xC3\xB6rg\"@x>", "j\xC3\xB6rg", "x",
       "j\xC3\xB6rg@x"},
      {"no ASCII at all", "<\xE4\xBE\x8B@\xE4\xBE\x8B.\xE4\xBE\x8B>",
       "\xE4\xBE\x8B", "\xE4\xBE\x8B.\xE4\xBE\x8B",
       "\xE4\xBE\x8B@\xE4\xBE\x8B.\xE4\xBE\x8B"},
      {"emoji", "<\xF0\x9F\x93\xA7@x>", "\xF0\x9F\x93\xA7", "x",
       "\xF0\x9F\x93\xA7@x"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    const auto path = ParsePath(PathKind::kForward, c.text, Charset::kUtf8);
    ASSERT_THAT(path, IsOk());
    EXPECT_EQ(path->address.local_part, c.local_part);
    EXPECT_EQ(path->address.domain, c.domain);
    EXPECT_EQ(path->address.ToString(), c.printed);
    EXPECT_THAT(Address::Parse(c.printed, Charset::kUtf8),
                IsOkAndHolds(path->address));
    EXPECT_THAT(ParsePath(PathKind::kForward, c.text),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(AddressTest, RefusesBadUtf8EvenWhenAsked) {  // MTA-43
  struct Case {
    const char* why;
    std::string text;
  };
  const Case cases[] = {
      {"Latin-1", "<j\xF6rg@x>"},
      {"overlong slash", "<a\xC0\xAF@x>"},
      {"surrogate", "<a\xED\xA0\x80@x>"},
      {"cut", "<a\xC3@x>"},
      {"C1 control", "<a\xC2\x85@x>"},
      {"right-to-left override", "<a\xE2\x80\xAE@x>"},
      {"in quotes", "<\"a\xC3\"@x>"},
      {"Latin-1 in the domain", "<a@b\xFC.example>"},
      {"an empty label in the domain", "<a@b\xC3\xBC..example>"},
      {"a domain that cannot be", "<a@\xCC\x88.example>"},
      {"a space in the domain", "<a@b\xC3\xBC x.example>"},
      {"a domain too long as A-labels",
       "<a@" + std::string(60, 'x') + "\xC3\xBC.example>"},
      {"64 bytes of local part count bytes",
       "<" + std::string(63, 'x') + "\xC3\xBC@x>"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(ParsePath(PathKind::kForward, c.text, Charset::kUtf8),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(AddressTest, IsWrittenForServersWithoutSmtpUtf8) {
  EXPECT_EQ(AsciiAddress("a@b\xC3\xBC\x63her.example"),
            "a@xn--bcher-kva.example");
  EXPECT_EQ(AsciiAddress("a@Example.org"), "a@Example.org");
  EXPECT_EQ(AsciiAddress(""), "");
  EXPECT_EQ(AsciiAddress("j\xC3\xB6rg@example.org"), std::nullopt);
  EXPECT_EQ(AsciiAddress("a@\xCC\x88.example"), std::nullopt);
}

TEST(AddressTest, KnowsOneDomainInBothForms) {  // MTA-43
  EXPECT_EQ(LowerDomain("B\xC3\x9C\x43HER.example"), "xn--bcher-kva.example");
  EXPECT_EQ(LowerDomain("xn--bcher-KVA.Example"), "xn--bcher-kva.example");
  EXPECT_EQ(LowerDomain("\xFF.Example"), "\xFF.example");
  EXPECT_TRUE(IsDomain("b\xC3\xBC\x63her.example", Charset::kUtf8));
  EXPECT_FALSE(IsDomain("b\xC3\xBC\x63her.example"));
}

TEST(AddressTest, ReadsTheNullReversePath) {
  const auto path = ParsePath(PathKind::kReverse, "<> SIZE=100");
  ASSERT_THAT(path, IsOk());
  EXPECT_TRUE(path->address.is_null());
  EXPECT_EQ(path->address.ToString(), "");
  EXPECT_EQ(path->consumed, 2u);
  EXPECT_THAT(ParsePath(PathKind::kForward, "<>"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(AddressTest, ReadsPostmasterWithoutADomain) {
  const auto path = ParsePath(PathKind::kForward, "<PostMaster>");
  ASSERT_THAT(path, IsOk());
  EXPECT_EQ(path->address.local_part, "PostMaster");
  EXPECT_EQ(path->address.ToString(), "PostMaster");
  EXPECT_FALSE(path->address.is_null());
  EXPECT_FALSE(ParsePath(PathKind::kReverse, "<postmaster>").ok());
  EXPECT_FALSE(ParsePath(PathKind::kForward, "<root>").ok());
}

TEST(AddressTest, LeavesTheParametersToTheCaller) {
  const absl::string_view text = "<\"a> \"@x> BODY=8BITMIME";
  const auto path = ParsePath(PathKind::kReverse, text);
  ASSERT_THAT(path, IsOk());
  EXPECT_EQ(text.substr(path->consumed), " BODY=8BITMIME");
}

TEST(AddressTest, SaysWhatIsWrong) {
  struct Case {
    absl::string_view text;
    const char* want;
  };
  const Case cases[] = {
      {"", "address must stand in <>"},
      {"a@x", "address must stand in <>"},
      {" <a@x>", "address must stand in <>"},
      {"<a@x", "> missing after the address"},
      {"<a@x >", "> missing after the address"},
      {"<a@x@y>", "> missing after the address"},
      {"<a@x,b@y>", "> missing after the address"},
      {"<a>", "domain missing"},
      {"<a", "domain missing"},
      {"<a@>", "bad domain"},
      {"<@x>", "bad source route"},
      {"<@x,a@y>", "bad source route"},
      {"<@:a@y>", "bad domain"},
      {"<@x:>", "bad local part"},
      {"< a@x>", "bad local part"},
      {"<a b@x>", "bad local part"},
      {"<a(b)@x>", "bad local part"},
      {"<\"a@x>", "bad quoted local part"},
      {"<\"a\\\"@x>", "bad quoted local part"},
      {"<\"a\\", "bad quoted local part"},
      {"<\"a\"b@x>", "bad local part"},
      {"<a@-x>", "bad domain"},
      {"<a@x->", "bad domain"},
      {"<a@x..y>", "bad domain"},
      {"<a@.x>", "bad domain"},
      {"<a@x.>", "bad domain"},
      {"<a@192.0.2.1>", "bad domain"},
      {"<a@[192.0.2]>", "bad domain"},
      {"<a@[192.0.2.1>", "bad domain"},
      {"<a@[2001:db8::1]>", "bad domain"},
      {"<a@[IPv6:192.0.2.1]>", "bad domain"},
      {"<a@[x400:abc]>", "bad domain"},
      {"<a@[]>", "bad domain"},
      // INJ-02, INJ-03: characters that would break out of a header's comment.
      {"<any@legit.com(a.attack.com>", "bad domain"},
      {"<any@legit.com'@any.attack.com>", "bad domain"},
      {"<(any@legit>", "bad local part"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(ParsePath(PathKind::kReverse, c.text),
                StatusIs(absl::StatusCode::kInvalidArgument, c.want))
        << c.text;
  }
}

// MTA-25, MTA-43: no NUL, no control character, nothing beyond ASCII.
TEST(AddressTest, RefusesBytesThatAreNotPrintableAscii) {
  for (const char* const form : {"<a$b@x>", "<\"a$b\"@x>", "<\"a\\$b\"@x>",
                                 "<a@x$y>", "<a@[192.0.2.1$]>", "<@x$y:a@b>"}) {
    for (const int byte :
         {0x00, 0x01, 0x09, 0x0a, 0x0d, 0x1f, 0x7f, 0x80, 0xc3, 0xff}) {
      std::string text = form;
      text[text.find('$')] = static_cast<char>(byte);
      EXPECT_THAT(ParsePath(PathKind::kReverse, text),
                  StatusIs(absl::StatusCode::kInvalidArgument))
          << form << " with byte " << byte;
    }
  }
}

TEST(AddressTest, KeepsTheLengthsOfRfc5321) {
  const std::string label(60, 'd');
  const auto domain = [&](size_t bytes) {
    const std::string full =
        absl::StrCat(label, ".", label, ".", label, ".", label, ".", label);
    return full.substr(full.size() - bytes);
  };
  const auto path = [](size_t local_part_bytes, const std::string& domain) {
    return absl::StrCat("<", std::string(local_part_bytes, 'a'), "@", domain,
                        ">");
  };
  EXPECT_THAT(ParsePath(PathKind::kForward, path(64, "x")), IsOk());
  EXPECT_THAT(
      ParsePath(PathKind::kForward, path(65, "x")),
      StatusIs(absl::StatusCode::kInvalidArgument, "local part too long"));
  EXPECT_THAT(ParsePath(PathKind::kForward, path(1, domain(252))), IsOk());
  EXPECT_THAT(ParsePath(PathKind::kForward, path(2, domain(252))),
              StatusIs(absl::StatusCode::kInvalidArgument, "path too long"));
  EXPECT_THAT(ParsePath(PathKind::kForward, path(1, domain(256))),
              StatusIs(absl::StatusCode::kInvalidArgument, "domain too long"));
  EXPECT_THAT(ParsePath(PathKind::kForward, path(1, std::string(64, 'd'))),
              StatusIs(absl::StatusCode::kInvalidArgument, "bad domain"));
}

TEST(AddressTest, CountsTheQuotesThatAreNeeded) {
  const std::string content = "a " + std::string(60, 'a');
  EXPECT_THAT(Address::Parse(absl::StrCat("\"", content, "\"@x")), IsOk());
  EXPECT_THAT(
      Address::Parse(absl::StrCat("\"", content, "a\"@x")),
      StatusIs(absl::StatusCode::kInvalidArgument, "local part too long"));
  EXPECT_THAT(Address::Parse(absl::StrCat("\"", std::string(64, 'a'), "\"@x")),
              IsOk());
}

TEST(AddressTest, ParsesAnAddressAlone) {
  EXPECT_THAT(Address::Parse("a@x"), IsOkAndHolds(Address{"a", "x"}));
  for (absl::string_view text :
       {"", "<a@x>", "a@x>", "a@x y", "a", "@x", "@r:a@x", "postmaster"}) {
    EXPECT_THAT(Address::Parse(text),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

// MTA-36.
TEST(AddressTest, RecognisesRoutingInTheLocalPart) {
  for (absl::string_view text :
       {"<user%evil.example@local>", "<evil.example!user@local>",
        "<\"user@evil.example\"@local>", "<\"a b%c\"@local>"}) {
    EXPECT_TRUE(
        HasRouting(ParsePath(PathKind::kForward, text)->address.local_part))
        << text;
  }
  EXPECT_FALSE(HasRouting("user+tag"));
  EXPECT_FALSE(HasRouting(""));
}

// MTA-36.
TEST(AddressTest, ForgetsASourceRoute) {
  EXPECT_EQ(ParsePath(PathKind::kForward, "<@evil.example:user@local>")
                ->address.ToString(),
            "user@local");
}

TEST(AddressTest, KnowsDomains) {
  for (absl::string_view domain :
       {"example.org", "localhost", "a_b.c", "xn--bcher-kva.example",
        "[192.0.2.1]", "[IPv6:::1]"}) {
    EXPECT_TRUE(IsDomain(domain)) << domain;
  }
  for (absl::string_view domain :
       {"", ".", "example.org.", "-a", "a b", "192.0.2.1", "[::1]", "[", "[]",
        "b\xc3\xbc"
        "cher.example"}) {
    EXPECT_FALSE(IsDomain(domain)) << domain;
  }
}

TEST(AddressTest, LowersDomains) {
  EXPECT_EQ(LowerDomain("Example.ORG"), "example.org");
}

}  // namespace
}  // namespace postern::mail
