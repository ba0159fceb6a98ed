#include "greylistd/pool.h"

#include "gtest/gtest.h"

namespace postern::greylistd {
namespace {

TEST(PoolTest, KnowsASubscriberByTheLastTwoNumbers) {
  struct Case {
    const char* why;
    const char* name;
    const char* address;
    bool is_pool;
  };
  const Case cases[] = {
      {"both numbers", "dsl-2-77.example.net", "192.0.2.77", true},
      {"all four", "192-0-2-77.dyn.example.net", "192.0.2.77", true},
      {"reversed", "77.2.0.192.dyn.example.net", "192.0.2.77", true},
      {"with zeros in front", "host002-077.example.net", "192.0.2.77", true},
      {"equal numbers, both there", "dsl-7-7.example.net", "192.0.7.7", true},
      {"equal numbers, one there", "dsl-7.example.net", "192.0.7.7", false},
      {"only the last", "mx77.example.net", "192.0.2.77", false},
      {"only the third", "mx2.example.net", "192.0.2.77", false},
      {"part of another number", "mx277.example.net", "192.0.2.77", false},
      {"a mail server", "mail.example.net", "192.0.2.77", false},
      {"a number beyond all octets", "a99999999999999999999-2-77.example.net",
       "192.0.2.77", true},
      {"no name", "unknown", "192.0.2.77", false},
      {"IPv6 has no such names", "2-77.example.net", "2001:db8::77", false},
      {"mapped IPv4", "dsl-2-77.example.net", "::ffff:192.0.2.77", true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(IsPoolName(c.name, net::IpAddress::Parse(c.address).value()),
              c.is_pool);
  }
}

}  // namespace
}  // namespace postern::greylistd
