#include "lib/dkim/signature.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dkim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kPlain[] =
    " v=1; a=rsa-sha256; d=example.org; s=mail; h=From:To;\r\n"
    " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=YWJj";

// `kPlain` with one thing changed.
Signature With(absl::string_view from, absl::string_view to) {
  return Signature::Parse(absl::StrReplaceAll(kPlain, {{from, to}}));
}
Signature WithTag(absl::string_view tag) {
  return Signature::Parse(absl::StrCat(kPlain, "; ", tag));
}

TEST(SignatureTest, HasItsDefaults) {
  const Signature signature = Signature::Parse(kPlain);
  EXPECT_EQ(signature.fault, "");
  EXPECT_EQ(signature.algorithm, "rsa-sha256");
  EXPECT_EQ(signature.key_type, KeyType::kRsa);
  EXPECT_EQ(signature.header_form, Canonicalization::kSimple);
  EXPECT_EQ(signature.body_form, Canonicalization::kSimple);
  EXPECT_EQ(signature.identity, "@example.org");
  EXPECT_EQ(signature.KeyName(), "mail._domainkey.example.org");
  EXPECT_THAT(signature.signed_fields, ElementsAre("From", "To"));
  EXPECT_EQ(signature.bytes, "abc");
  EXPECT_EQ(signature.base64, "YWJj");
  EXPECT_EQ(signature.body_bytes, std::nullopt);
  EXPECT_EQ(signature.signed_at, std::nullopt);
  EXPECT_TRUE(signature.Signs("from"));
  EXPECT_FALSE(signature.Signs("Subject"));
}

TEST(SignatureTest, ReadsWhatElseThereMayBe) {
  const Signature signature = Signature::Parse(absl::StrCat(
      absl::StrReplaceAll(kPlain, {{"rsa-sha256", "ed25519-sha256"},
                                   {"b=YWJj", "b=YW\r\n\tJj"}}),
      "; c=relaxed/relaxed; i=joe@news.EXAMPLE.org; q=x/y : dns/txt; l=12;"
      " t=1700000000; x=1700000001; z=From:x; unknown=1"));
  EXPECT_EQ(signature.fault, "");
  EXPECT_EQ(signature.key_type, KeyType::kEd25519);
  EXPECT_EQ(signature.header_form, Canonicalization::kRelaxed);
  EXPECT_EQ(signature.body_form, Canonicalization::kRelaxed);
  EXPECT_EQ(signature.identity, "joe@news.EXAMPLE.org");
  EXPECT_EQ(signature.identity_domain, "news.example.org");
  EXPECT_EQ(signature.body_bytes, 12u);
  EXPECT_EQ(signature.signed_at, absl::FromUnixSeconds(1700000000));
  EXPECT_EQ(signature.expires_at, absl::FromUnixSeconds(1700000001));
  EXPECT_EQ(signature.base64, "YWJj");
}

TEST(SignatureTest, OneFormIsThatOfTheHeader) {
  EXPECT_EQ(WithTag("c=relaxed").header_form, Canonicalization::kRelaxed);
  EXPECT_EQ(WithTag("c=relaxed").body_form, Canonicalization::kSimple);
}

TEST(SignatureTest, MissingTagsAreFaults) {
  for (const char* tag : {"v=1", "a=rsa-sha256", "d=example.org", "s=mail",
                          "h=From:To", "b=YWJj"}) {
    const std::string name(tag, absl::string_view(tag).find('='));
    EXPECT_EQ(With(tag, "y=").fault, absl::StrCat(name, "= is missing"));
    EXPECT_EQ(With(tag, absl::StrCat(name, "=")).fault,
              absl::StrCat(name, "= is empty"));
  }
  EXPECT_EQ(With("bh=", "y=").fault, "bh= is missing");
}

TEST(SignatureTest, FaultsSayWhatIsWrong) {
  struct Case {
    const char* from;
    const char* to;
    const char* fault;
  };
  const std::string many_names = absl::StrCat(
      "From", absl::StrReplaceAll(std::string(1000, ':'), {{":", ":a"}}));
  const std::string long_b = absl::StrCat("b=", std::string(1 << 20, 'A'));
  const Case cases[] = {
      {"v=1", "v=8", "v= is not 1"},
      {"v=1", "v=01", "v= is not 1"},
      {"rsa-sha256", "rsa-sha1", "rsa-sha1 is not trusted"},  // DK-02
      {"rsa-sha256", "rsa-sha512", "a= is not known"},
      {"h=From:To", "h=To", "h= does not have From"},  // DK-04
      {"h=From:To", "h=From:", "h= has a name that is none"},
      {"h=From:To", "h=From:T o", "h= has a name that is none"},
      {"h=From:To", "h=From:\xc3\xbc", "h= has a name that is none"},
      {"b=YWJj", "b=!", "b= is no signature"},
      {"b=YWJj", "b= ", "b= is empty"},
      {"b=YWJj", "b=YWJj; c=nofws", "c= is not known"},
      {"b=YWJj", "b=YWJj; c=relaxed/", "c= is not known"},
      {"b=YWJj", "b=YWJj; c=relaxed/simple/simple", "c= is not known"},
      {"b=YWJj", "b=YWJj; q=http", "q= has no way"},
      {"b=YWJj", "b=YWJj; b=YWJj", "b= is there twice"},
      {"+/TImW", "TImW", "bh= is no hash"},
      {"bh=47", "bh=!7", "bh= is no hash"},
      // DK-08
      {"h=From:To", nullptr, "h= has too many names"},
      {"b=YWJj", nullptr, "b= is no signature"},
  };
  for (const Case& c : cases) {
    const std::string& large = c.from[0] == 'h' ? "h=" + many_names : long_b;
    const char* const to = c.to == nullptr ? large.c_str() : c.to;
    EXPECT_THAT(With(c.from, to).fault, HasSubstr(c.fault))
        << c.from << " " << absl::string_view(to).substr(0, 40);
  }
}

TEST(SignatureTest, INJ01DomainsAreOfLettersDigitsAndFewMore) {
  for (const char* name :
       {"a(b.example", "a'b.example", "a\"b.example", "a b.example",
        "a\\x00b.example", "a%00.example", ".example.org", "example..org",
        "example.org.", "*.example.org", "a/b.example", "a@b.example"}) {
    EXPECT_EQ(With("d=example.org", absl::StrCat("d=", name)).fault,
              "d= is no domain name")
        << name;
    EXPECT_EQ(With("s=mail", absl::StrCat("s=", name)).fault,
              "s= is no domain name")
        << name;
  }
  EXPECT_EQ(
      With("d=example.org", absl::StrCat("d=", std::string(64, 'a'))).fault,
      "d= is no domain name");
  const Signature good = With("s=mail", "s=2024._A-1.x");
  EXPECT_EQ(good.fault, "");
  EXPECT_EQ(good.selector, "2024._a-1.x");
}

TEST(SignatureTest, DK11TheIdentityIsWithinTheDomain) {
  for (const char* identity : {"@example.org", "joe@example.org",
                               "@a.b.example.org", "=20@EXAMPLE.org"})
    EXPECT_EQ(WithTag(absl::StrCat("i=", identity)).fault, "") << identity;
  for (const char* identity : {"@example.com", "@org", "@aexample.org",
                               "joe@example.org.evil.example"})
    EXPECT_EQ(WithTag(absl::StrCat("i=", identity)).fault,
              "i= is not within d=")
        << identity;
  for (const char* identity : {"", "example.org", "joe@", "@a(b.example.org"})
    EXPECT_EQ(WithTag(absl::StrCat("i=", identity)).fault, "i= is no identity")
        << identity;
}

// RFC 8616.
TEST(SignatureTest, InternationalDomainsAreALabels) {
  const Signature signature = With("d=example.org; s=mail",
                                   "d=b\xc3\xbc"
                                   "cher.example; s=s\xc3\xa4"
                                   "ule;"
                                   " i=j\xc3\xb6@x.B\xc3\x9c"
                                   "CHER.example");
  EXPECT_EQ(signature.fault, "");
  EXPECT_EQ(signature.KeyName(),
            "xn--sule-loa._domainkey.xn--bcher-kva.example");
  EXPECT_EQ(signature.identity_domain, "x.xn--bcher-kva.example");
}

TEST(SignatureTest, DK06TimesAndLengthsAreNumbers) {
  for (const char* tag :
       {"t=-1", "t=", "t=1.5", "t=0x10", "t=99999999999999999999", "x=-1",
        "t=253402300800", "l=-1", "l=", "l=18446744073709551616", "l=1 2"}) {
    EXPECT_THAT(WithTag(tag).fault, HasSubstr("is no number that it can be"))
        << tag;
  }
  EXPECT_EQ(WithTag("l=18446744073709551615").fault, "");
  EXPECT_EQ(WithTag("t=5; x=5").fault, "x= is not after t=");
  EXPECT_EQ(WithTag("t=5; x=4").fault, "x= is not after t=");
  EXPECT_EQ(WithTag("x=4").fault, "");
}

TEST(SignatureTest, AFaultyOneStillSaysWhoseItIs) {
  const Signature signature = With("rsa-sha256", "rsa-sha1");
  EXPECT_EQ(signature.domain, "example.org");
  EXPECT_EQ(signature.selector, "mail");
  EXPECT_EQ(signature.base64, "YWJj");
  EXPECT_EQ(signature.algorithm, "rsa-sha1");
}

TEST(SignatureTest, WhatIsNoTagListIsAFault) {
  EXPECT_EQ(Signature::Parse("hello").fault, "a tag without '='");
  EXPECT_NE(Signature::Parse("").fault, "");
}

TEST(WithoutSignatureTest, OnlyWhatStandsInBIsLeftOut) {
  EXPECT_EQ(WithoutSignature(" a=1; b= YW\r\n Jj \r\n ;bh=x; c=b=1"),
            " a=1; b=;bh=x; c=b=1");
  EXPECT_EQ(WithoutSignature("bh=x;\r\n b = YWJj\r\n"), "bh=x;\r\n b =");
  EXPECT_EQ(WithoutSignature("a=1; bh=x"), "a=1; bh=x");
}

TEST(IsSameOrBelowTest, ComparesLabels) {
  EXPECT_TRUE(IsSameOrBelow("example.org", "example.org"));
  EXPECT_TRUE(IsSameOrBelow("a.example.org", "example.org"));
  EXPECT_FALSE(IsSameOrBelow("aexample.org", "example.org"));
  EXPECT_FALSE(IsSameOrBelow("org", "example.org"));
}

}  // namespace
}  // namespace postern::dkim
