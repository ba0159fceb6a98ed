#include "mta/limits/open_connections.h"

#include <optional>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace postern::mta::limits {
namespace {

net::IpAddress Ip(const char* text) {
  return net::IpAddress::Parse(text).value();
}

Rules RulesOf(uint32_t open_connections) {
  Rules rules;
  rules.open_connections = open_connections;
  return rules;
}

TEST(OpenConnectionsTest, MTA39AClientHasOnlySoManyConnections) {
  OpenConnections open;
  const Rules rules = RulesOf(2);
  const auto first = open.Enter(Ip("192.0.2.1"), rules);
  const auto second = open.Enter(Ip("192.0.2.1"), rules);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(open.Enter(Ip("192.0.2.1"), rules));
  EXPECT_TRUE(open.Enter(Ip("192.0.2.2"), rules)) << "others are not concerned";
}

TEST(OpenConnectionsTest, ATicketSaysHowManyTheClientHas) {
  OpenConnections open;
  Rules rules = RulesOf(5);
  const auto first = open.Enter(Ip("192.0.2.1"), rules);
  const auto neighbour = open.Enter(Ip("192.0.2.2"), rules);
  const auto second = open.Enter(Ip("192.0.2.1"), rules);
  EXPECT_EQ(first->connections(), 1u);
  EXPECT_EQ(neighbour->connections(), 1u);
  EXPECT_EQ(second->connections(), 2u);
  rules.exceptions.push_back(net::Network::Parse("192.0.2.1/32").value());
  EXPECT_EQ(open.Enter(Ip("192.0.2.1"), rules)->connections(), 0u);
}

TEST(OpenConnectionsTest, AConnectionThatEndsMakesRoom) {
  OpenConnections open;
  const Rules rules = RulesOf(1);
  for (int i = 0; i < 3; ++i) {
    const auto ticket = open.Enter(Ip("192.0.2.1"), rules);
    ASSERT_TRUE(ticket);
    ASSERT_FALSE(open.Enter(Ip("192.0.2.1"), rules));
  }
}

TEST(OpenConnectionsTest, ATicketThatIsMovedCountsOnce) {
  OpenConnections open;
  const Rules rules = RulesOf(1);
  std::vector<OpenConnections::Ticket> kept;
  kept.push_back(*open.Enter(Ip("192.0.2.1"), rules));
  EXPECT_FALSE(open.Enter(Ip("192.0.2.1"), rules));
  kept.clear();
  EXPECT_TRUE(open.Enter(Ip("192.0.2.1"), rules));
}

TEST(OpenConnectionsTest, MTA39AnIpv6ClientIsItsPrefix) {
  OpenConnections open;
  const Rules rules = RulesOf(1);
  const auto ticket = open.Enter(Ip("2001:db8::1"), rules);
  EXPECT_FALSE(open.Enter(Ip("2001:db8::ffff:2"), rules));
  EXPECT_TRUE(open.Enter(Ip("2001:db8:0:1::1"), rules));
}

TEST(OpenConnectionsTest, MTA39ANetworkHasAMultipleOfIt) {
  OpenConnections open;
  Rules rules = RulesOf(1);
  rules.network_factor = 2;
  const auto first = open.Enter(Ip("192.0.2.1"), rules);
  const auto second = open.Enter(Ip("192.0.2.2"), rules);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(open.Enter(Ip("192.0.2.3"), rules));
  EXPECT_TRUE(open.Enter(Ip("192.0.3.1"), rules));
}

TEST(OpenConnectionsTest, ZeroIsNoLimitAndExceptionsHaveNone) {
  OpenConnections open;
  Rules rules = RulesOf(1);
  rules.exceptions.push_back(net::Network::Parse("127.0.0.0/8").value());
  std::vector<std::optional<OpenConnections::Ticket>> kept;
  for (int i = 0; i < 100; ++i) {
    kept.push_back(open.Enter(Ip("127.0.0.1"), rules));
    EXPECT_TRUE(kept.back());
    kept.push_back(open.Enter(Ip("192.0.2.1"), RulesOf(0)));
    EXPECT_TRUE(kept.back());
  }
}

}  // namespace
}  // namespace postern::mta::limits
