#include "greylistd/triplet.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::greylistd {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::StartsWith;

net::IpAddress Address(const char* text) {
  return net::IpAddress::Parse(text).value();
}

TEST(ClientNetworksTest, NeighboursAreOneClient) {
  const ClientNetworks networks;
  const Client client = networks.Of(Address("192.0.2.77"), "mail.example.org");
  EXPECT_EQ(client, (Client{"192.0.2.0/24", "192.0.2.0", "192.0.2.77"}));
  EXPECT_EQ(networks.Of(Address("192.0.2.78"), "mail.example.org").part,
            client.part);
}

TEST(ClientNetworksTest, Ipv6ClientsAreTakenByTheirNetwork) {
  const Client client =
      ClientNetworks().Of(Address("2001:db8:0:1::25"), "unknown");
  EXPECT_EQ(client, (Client{"2001:db8:0:1::/64",
                            "2001:db8:0:1::", "2001:db8:0:1::25"}));
}

TEST(ClientNetworksTest, AMappedAddressIsTheIpv4Address) {
  EXPECT_EQ(ClientNetworks().Of(Address("::ffff:192.0.2.77"), "unknown"),
            ClientNetworks().Of(Address("192.0.2.77"), "unknown"));
}

TEST(ClientNetworksTest, ASubscriberOfAPoolStandsForItself) {
  ClientNetworks networks;
  const Client client =
      networks.Of(Address("192.0.2.77"), "dsl-2-77.example.net");
  EXPECT_EQ(client.part, "192.0.2.77");
  EXPECT_EQ(client.network, "192.0.2.0/24");
  networks.pool_detection = false;
  EXPECT_EQ(networks.Of(Address("192.0.2.77"), "dsl-2-77.example.net").part,
            "192.0.2.0");
}

TEST(ClientNetworksTest, FullPrefixesTakeEveryAddressByItself) {
  const ClientNetworks networks{.ipv4_prefix = 32, .ipv6_prefix = 128};
  EXPECT_EQ(networks.Of(Address("192.0.2.77"), "x").part, "192.0.2.77");
  EXPECT_EQ(networks.Of(Address("2001:db8::1"), "x").part, "2001:db8::1");
}

TEST(TripletTest, IsLowerCaseAndNormalised) {
  const Client client = ClientNetworks().Of(Address("192.0.2.77"), "x");
  EXPECT_EQ(TripletText(client, "prvs=0123456789=Alice+X@Example.ORG",
                        "Bob@Example.COM"),
            "192.0.2.0/alice@example.org/bob@example.com");
  EXPECT_EQ(TripletText(client, "", "bob@example.com"),
            "192.0.2.0//bob@example.com");
}

TEST(TripletTest, LongOnesAreShortenedAndStayDifferent) {
  const Client client = ClientNetworks().Of(Address("192.0.2.77"), "x");
  const std::string sender(500, 's');
  const std::string one = TripletText(client, sender + "@a", "b@c");
  const std::string other = TripletText(client, sender + "@a", "b@d");
  EXPECT_LE(one.size(), 400u);
  EXPECT_NE(one, other);
  EXPECT_THAT(one, StartsWith("192.0.2.0/sssss"));
  EXPECT_THAT(ClientPartOf(one), IsOkAndHolds(Address("192.0.2.0")));
}

TEST(TripletTest, WhatIsBeyond512BytesOfAPartDoesNotCount) {
  const Client client = ClientNetworks().Of(Address("192.0.2.77"), "x");
  const std::string sender(512, 's');
  EXPECT_EQ(TripletText(client, sender, "b@c"),
            TripletText(client, sender + "more", "b@c"));
}

TEST(TripletTest, ClientPartIsReadBack) {
  EXPECT_THAT(ClientPartOf("192.0.2.0/a@b/c@d"),
              IsOkAndHolds(Address("192.0.2.0")));
  EXPECT_THAT(ClientPartOf("2001:db8:://c@d"),
              IsOkAndHolds(Address("2001:db8::")));
  for (const char* text : {"", "192.0.2.0", "192.0.2.0/a@b", "x/a@b/c@d"}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(ClientPartOf(text),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(TripletTest, NetworkOfAClientPartIsTheClientsNetwork) {
  const ClientNetworks networks;
  EXPECT_EQ(networks.NetworkOf(Address("192.0.2.0")), "192.0.2.0/24");
  EXPECT_EQ(networks.NetworkOf(Address("192.0.2.77")), "192.0.2.0/24");
}

}  // namespace
}  // namespace postern::greylistd
