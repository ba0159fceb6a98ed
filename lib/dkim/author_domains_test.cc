#include "lib/dkim/author_domains.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dkim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> Domains(absl::string_view from) {
  HeaderFields header;
  header.Add({.name = "From", .value = from});
  return AuthorDomains(header);
}

TEST(AuthorDomainsTest, WhateverMayBeADomainIs) {
  EXPECT_THAT(Domains(" Joe <joe@Example.ORG>"), ElementsAre("example.org"));
  EXPECT_THAT(Domains("a@x.example, \"b@y.example\" <c@z.example.>"),
              ElementsAre("x.example", "y.example", "z.example"));
  EXPECT_THAT(Domains("a@b\xc3\xbc"
                      "cher.example"),
              ElementsAre("xn--bcher-kva.example"));
  EXPECT_THAT(Domains("nobody, @, a@\xff, x@(c)y"), IsEmpty());
  EXPECT_THAT(AuthorDomains(HeaderFields()), IsEmpty());
}

TEST(AuthorDomainsTest, DomainsAreBounded) {
  std::string from;
  for (int i = 0; i < 100; ++i) absl::StrAppend(&from, "a@b", i, ".example,");
  EXPECT_THAT(Domains(from), SizeIs(16));
}

TEST(AuthorDomainsTest, DomainsAboveAndBelowAreTheAuthors) {
  const std::vector<std::string> authors = {"mail.example.org"};
  EXPECT_TRUE(IsAuthors("mail.example.org", authors));
  EXPECT_TRUE(IsAuthors("example.org", authors));
  EXPECT_TRUE(IsAuthors("a.mail.example.org", authors));
  EXPECT_FALSE(IsAuthors("example.com", authors));
  EXPECT_FALSE(IsAuthors("", authors));
  EXPECT_FALSE(IsAuthors("example.org", {}));
}

TEST(AuthorDomainsTest, DK16ATopLevelDomainIsNobodys) {
  EXPECT_FALSE(IsAuthors("org", {"example.org"}));
}

}  // namespace
}  // namespace postern::dkim
