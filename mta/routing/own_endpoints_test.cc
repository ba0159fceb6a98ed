#include "mta/routing/own_endpoints.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::routing {
namespace {

using ::testing::Contains;

net::IpAddress Address(absl::string_view text) {
  return net::IpAddress::Parse(text).value();
}

OwnEndpoints Listening(absl::string_view endpoint) {
  OwnEndpoints own("mx.example.org", {Address("192.0.2.1")});
  own.AddListener(net::Endpoint::Parse(endpoint).value());
  return own;
}

TEST(OwnEndpointsTest, KnowsAListenerByAddressAndPort) {
  const OwnEndpoints own = Listening("192.0.2.1:25");
  EXPECT_TRUE(own.Contain(Address("192.0.2.1"), 25));
  EXPECT_FALSE(own.Contain(Address("192.0.2.1"), 2525));
  EXPECT_FALSE(own.Contain(Address("192.0.2.2"), 25));
  EXPECT_FALSE(own.Contain(Address("127.0.0.1"), 25));
}

// MTA-31: a foreign MX may point at loopback or at the unspecified address.
TEST(OwnEndpointsTest, AListenerOnAllAddressesIsEveryAddressOfTheMachine) {
  for (const char* endpoint : {"0.0.0.0:25", "[::]:25"}) {
    SCOPED_TRACE(endpoint);
    const OwnEndpoints own = Listening(endpoint);
    for (const char* address :
         {"127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "192.0.2.1"}) {
      SCOPED_TRACE(address);
      EXPECT_TRUE(own.Contain(Address(address), 25));
    }
    EXPECT_FALSE(own.Contain(Address("192.0.2.2"), 25));
    EXPECT_FALSE(own.Contain(Address("127.0.0.1"), 2525));
  }
}

TEST(OwnEndpointsTest, TheUnspecifiedAddressReachesALoopbackListener) {
  const OwnEndpoints own = Listening("127.0.0.1:2525");
  EXPECT_TRUE(own.Contain(Address("0.0.0.0"), 2525));
  EXPECT_FALSE(own.Contain(Address("127.0.0.2"), 2525));
}

TEST(OwnEndpointsTest, AMappedAddressIsTheIpv4Address) {
  EXPECT_TRUE(
      Listening("127.0.0.1:25").Contain(Address("::ffff:127.0.0.1"), 25));
}

TEST(OwnEndpointsTest, UnixSocketsDoNotCount) {
  const OwnEndpoints own = Listening("unix:/run/smtp.sock");
  EXPECT_FALSE(own.Contain(Address("127.0.0.1"), 0));
}

TEST(OwnEndpointsTest, KnowsItsNameInEverySpelling) {
  const OwnEndpoints own = Listening("127.0.0.1:25");
  EXPECT_TRUE(own.IsOwnName("MX.example.org."));
  EXPECT_FALSE(own.IsOwnName("mx2.example.org"));
}

TEST(OwnEndpointsTest, TheMachineHasALoopbackInterface) {
  EXPECT_THAT(InterfaceAddresses(), Contains(Address("127.0.0.1")));
}

}  // namespace
}  // namespace postern::mta::routing
