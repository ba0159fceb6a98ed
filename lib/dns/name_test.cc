#include "lib/dns/name.h"

#include <string>

#include "gtest/gtest.h"
#include "lib/net/ip.h"

namespace postern::dns {
namespace {

TEST(NameTest, WhatCanBeAskedForIsADomainName) {
  const std::string label63(63, 'a');
  const std::string longest =
      label63 + "." + label63 + "." + label63 + "." + std::string(61, 'a');
  EXPECT_TRUE(IsDomainName("example.org"));
  EXPECT_TRUE(IsDomainName("example.org."));
  EXPECT_TRUE(IsDomainName("_dmarc.example.org"));
  EXPECT_TRUE(IsDomainName("a/b!c.example.org"));
  EXPECT_TRUE(IsDomainName(longest));
  EXPECT_FALSE(IsDomainName(longest + "a"));
  EXPECT_FALSE(IsDomainName(label63 + "a.org"));
  EXPECT_FALSE(IsDomainName(""));
  EXPECT_FALSE(IsDomainName("."));
  EXPECT_FALSE(IsDomainName("a..b"));
  EXPECT_FALSE(IsDomainName(".a"));
  EXPECT_FALSE(IsDomainName("a b"));
  EXPECT_FALSE(IsDomainName("a\\032b"));
  EXPECT_FALSE(IsDomainName("m\xc3\xbcnchen.de"));
  EXPECT_FALSE(IsDomainName(absl::string_view("a\0b", 3)));
}

TEST(NameTest, HostsAreLettersDigitsAndHyphens) {
  EXPECT_TRUE(IsHostName("mx-1.example.org"));
  EXPECT_TRUE(IsHostName("mail_out.example.org"));
  EXPECT_FALSE(IsHostName("-mx.example.org"));
  EXPECT_FALSE(IsHostName("mx-.example.org"));
  EXPECT_FALSE(IsHostName("m(x).example.org"));
  EXPECT_FALSE(IsHostName("192.0.2.1"));
}

TEST(NameTest, TheReverseNameIsInTheZoneOfItsFamily) {
  EXPECT_EQ(ReverseName(net::IpAddress::Parse("192.0.2.1").value()),
            "1.2.0.192.in-addr.arpa");
  EXPECT_EQ(ReverseName(net::IpAddress::Parse("2001:db8::1").value()),
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
            ".ip6.arpa");
}

TEST(NameTest, NormalizedIsLowerCaseWithoutTheDot) {
  EXPECT_EQ(Normalized("Example.ORG."), "example.org");
}

}  // namespace
}  // namespace postern::dns
