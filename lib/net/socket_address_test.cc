#include "lib/net/socket_address.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/endpoint.h"
#include "lib/testing/status_matchers.h"

namespace postern::net {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

TEST(SocketAddressTest, EveryKindOfEndpointComesBack) {
  for (const char* text :
       {"127.0.0.1:25", "[2001:db8::1]:587", "unix:/run/x.sock"}) {
    const Endpoint endpoint = Endpoint::Parse(text).value();
    const auto address = SocketAddress::From(endpoint);
    ASSERT_TRUE(address.ok()) << text;
    EXPECT_EQ(address->ToEndpoint(), endpoint) << text;
  }
}

// SPF-09.
TEST(SocketAddressTest, AMappedAddressIsTheIpv4Address) {
  sockaddr_in6 mapped = {};
  mapped.sin6_family = AF_INET6;
  mapped.sin6_addr.s6_addr[10] = 0xff;
  mapped.sin6_addr.s6_addr[11] = 0xff;
  mapped.sin6_addr.s6_addr[12] = 192;
  mapped.sin6_addr.s6_addr[15] = 7;
  SocketAddress address;
  reinterpret_cast<sockaddr_in6&>(address.storage) = mapped;
  address.size = sizeof(mapped);
  EXPECT_EQ(address.ToIp().ToString(), "192.0.0.7");
}

TEST(SocketAddressTest, RefusesNamesAndLongPaths) {
  Endpoint named;
  named.host = "mx.example.org";
  EXPECT_THAT(SocketAddress::From(named),
              StatusIs(absl::StatusCode::kInvalidArgument));
  Endpoint long_path;
  long_path.unix_path = "/" + std::string(200, 'x');
  EXPECT_THAT(SocketAddress::From(long_path),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("longer than 107 bytes")));
}

TEST(SocketAddressTest, AnUnnamedUnixPeerIsLoopback) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  EXPECT_EQ(PeerOf(ends[0]).ToIp().ToString(), "127.0.0.1");
  EXPECT_EQ(LocalOf(ends[0]).ToEndpoint().unix_path, "-");
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace postern::net
