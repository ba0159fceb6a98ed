#include "mta/server/client_limits.h"

#include <optional>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace postern::mta::server {
namespace {

net::IpAddress Ip(const char* text) {
  return net::IpAddress::Parse(text).value();
}

TEST(ClientLimitsTest, MTA39AClientHasOnlySoManyConnections) {
  ClientLimits limits(2);
  const auto first = limits.Enter(Ip("192.0.2.1"));
  const auto second = limits.Enter(Ip("192.0.2.1"));
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(limits.Enter(Ip("192.0.2.1")));
  EXPECT_TRUE(limits.Enter(Ip("192.0.2.2"))) << "others are not concerned";
}

TEST(ClientLimitsTest, AConnectionThatEndsMakesRoom) {
  ClientLimits limits(1);
  for (int i = 0; i < 3; ++i) {
    const auto ticket = limits.Enter(Ip("192.0.2.1"));
    ASSERT_TRUE(ticket);
    ASSERT_FALSE(limits.Enter(Ip("192.0.2.1")));
  }
}

TEST(ClientLimitsTest, ATicketThatIsMovedCountsOnce) {
  ClientLimits limits(1);
  std::vector<ClientLimits::Ticket> kept;
  kept.push_back(*limits.Enter(Ip("192.0.2.1")));
  EXPECT_FALSE(limits.Enter(Ip("192.0.2.1")));
  kept.clear();
  EXPECT_TRUE(limits.Enter(Ip("192.0.2.1")));
}

TEST(ClientLimitsTest, AnIpv6ClientIsItsNetwork) {
  ClientLimits limits(1);
  const auto ticket = limits.Enter(Ip("2001:db8::1"));
  EXPECT_FALSE(limits.Enter(Ip("2001:db8::ffff:2")));
  EXPECT_TRUE(limits.Enter(Ip("2001:db8:0:1::1")));
}

}  // namespace
}  // namespace postern::mta::server
