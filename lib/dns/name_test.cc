#include "lib/dns/name.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace postern::dns {
namespace {

TEST(NameTest, KnowsWhatCanBeAskedFor) {
  const std::string long_label(63, 'a');
  struct Case {
    const char* why;
    std::string name;
    bool is_domain;
    bool is_host;
  };
  const Case cases[] = {
      {"a host", "mx-1.example.org", true, true},
      {"a dot at the end", "example.org.", true, true},
      {"underscores", "_dmarc.example.org", true, true},
      {"one label", "localhost", true, true},
      {"macro characters", "a=b+c.example.org", true, false},
      {"a hyphen at an end", "-a.example.org", true, false},
      {"an address", "192.0.2.1", true, false},
      {"a number at the end", "example.123", true, false},
      {"a number elsewhere", "123.example", true, true},
      {"empty", "", false, false},
      {"the root", ".", false, false},
      {"an empty label", "a..b", false, false},
      {"two dots at the end", "a..", false, false},
      {"a dot at the front", ".a", false, false},
      {"the longest label", absl::StrCat(long_label, ".org"), true, true},
      {"a longer label", absl::StrCat(long_label, "a.org"), false, false},
      {"longer than 253",
       absl::StrCat(long_label, ".", long_label, ".", long_label, ".",
                    long_label),
       false, false},
      {"a space", "a b.org", false, false},
      {"INJ-01: NUL", std::string("a\0b.org", 7), false, false},
      {"an escape", "a\\032b.org", false, false},
      {"not ASCII",
       "b\xc3\xbc"
       "cher.example",
       false, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(IsDomainName(c.name), c.is_domain);
    EXPECT_EQ(IsHostName(c.name), c.is_host);
  }
}

TEST(NameTest, TheReverseOfAnAddress) {
  EXPECT_EQ(ReverseName(net::IpAddress::Parse("192.0.2.1").value()),
            "1.2.0.192.in-addr.arpa");
  EXPECT_EQ(ReverseName(net::IpAddress::Parse("2001:db8::1").value()),
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
            "ip6.arpa");
}

TEST(NameTest, NormalizedIsLowerCaseWithoutTheFinalDot) {
  EXPECT_EQ(Normalized("Example.ORG."), "example.org");
  EXPECT_EQ(Normalized(""), "");
}

}  // namespace
}  // namespace postern::dns
