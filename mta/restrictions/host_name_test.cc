#include "mta/restrictions/host_name.h"

#include <string>

#include "gtest/gtest.h"

namespace postern::mta::restrictions {
namespace {

TEST(HostNameTest, TellsHostNamesFromOtherTexts) {
  struct Case {
    std::string text;
    bool is_name;
    bool is_full;
  };
  const Case cases[] = {
      {"host", true, false},
      {"host.example", true, true},
      {"a_b.example", true, true},
      {"host.example.", true, true},
      {"host.", true, false},
      {"1host.example", true, true},
      {"", false, false},
      {".", false, false},
      {"host.example..", false, false},
      {"a..b", false, false},
      {".a.b", false, false},
      {"-a.b", false, false},
      {"a-.b", false, false},
      {"a b.c", false, false},
      {"a!.b", false, false},
      {"192.0.2.1", false, false},
      {"1.2.3.4.5", false, false},
      {"[192.0.2.1]", false, false},
      {std::string(64, 'x') + ".example", false, false},
      {std::string(63, 'x') + ".example", true, true},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(HasHostNameForm(c.text), c.is_name) << c.text;
    EXPECT_EQ(IsFullHostName(c.text), c.is_full) << c.text;
  }
}

TEST(HostNameTest, TellsAddressLiterals) {
  for (const char* text :
       {"[192.0.2.1]", "192.0.2.1", "[IPv6:2001:db8::1]", "[ipv6:::1]"}) {
    EXPECT_TRUE(IsAddressLiteral(text)) << text;
  }
  for (const char* text :
       {"[]", "[192.0.2]", "[host]", "[2001:db8::1]", "[IPv6:192.0.2.1]", ""}) {
    EXPECT_FALSE(IsAddressLiteral(text)) << text;
  }
  EXPECT_TRUE(IsBracketed("[x]"));
  EXPECT_FALSE(IsBracketed("[x"));
  EXPECT_FALSE(IsBracketed("["));
}

}  // namespace
}  // namespace postern::mta::restrictions
