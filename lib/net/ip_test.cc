#include "lib/net/ip.h"

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::net {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

IpAddress Address(absl::string_view text) {
  return IpAddress::Parse(text).value();
}
Network Net(absl::string_view text) { return Network::Parse(text).value(); }

TEST(IpAddressTest, PrintsTheCanonicalForm) {
  struct Case {
    const char* why;
    const char* text;
    const char* want;
  };
  const Case cases[] = {
      {"IPv4", "192.0.2.1", "192.0.2.1"},
      {"the largest IPv4", "255.255.255.255", "255.255.255.255"},
      {"all zeros", "0:0:0:0:0:0:0:0", "::"},
      {"loopback", "0:0:0:0:0:0:0:1", "::1"},
      {"zeros at the end", "2001:db8:0:0:0:0:0:0", "2001:db8::"},
      {"lower case, no leading zeros", "2001:0DB8::00AB", "2001:db8::ab"},
      {"one zero group is not shortened", "2001:db8:0:1:1:1:1:1",
       "2001:db8:0:1:1:1:1:1"},
      {"the longest run is", "2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"the first of equal runs is", "2001:db8:0:0:1:0:0:1",
       "2001:db8::1:0:0:1"},
      {"dotted form inside IPv6", "64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(Address(c.text).ToString(), c.want);
    EXPECT_EQ(Address(c.want), Address(c.text));
  }
}

// SPF-09.
TEST(IpAddressTest, TakesAMappedAddressForTheIpv4Address) {
  for (const char* text :
       {"::ffff:192.0.2.1", "::FFFF:c000:201", "0:0:0:0:0:ffff:192.0.2.1"}) {
    EXPECT_EQ(Address(text), Address("192.0.2.1")) << text;
    EXPECT_TRUE(Address(text).is_v4()) << text;
  }
  EXPECT_EQ(
      IpAddress::V6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1}),
      IpAddress::V4({192, 0, 2, 1}));
}

TEST(IpAddressTest, RefusesWhatIsNotAnAddress) {
  const absl::string_view texts[] = {
      "",
      "192.0.2",
      "192.0.2.256",
      "192.0.2.1.1",
      "192.0.02.1",
      "0x7f.0.0.1",
      " 192.0.2.1",
      "192.0.2.1 ",
      "[::1]",
      "fe80::1%eth0",
      "1::2::3",
      "12345::",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "::192.0.2",
      absl::string_view("::1\0", 4),
      "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
  };
  for (absl::string_view text : texts) {
    EXPECT_THAT(IpAddress::Parse(text),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("is not an IP address")))
        << text;
  }
}

TEST(IpAddressTest, KnowsLoopback) {
  EXPECT_TRUE(Address("127.0.0.1").is_loopback());
  EXPECT_TRUE(Address("127.255.0.9").is_loopback());
  EXPECT_TRUE(Address("::1").is_loopback());
  EXPECT_TRUE(Address("::ffff:127.0.0.1").is_loopback());
  EXPECT_FALSE(Address("128.0.0.1").is_loopback());
  EXPECT_FALSE(Address("::2").is_loopback());
  EXPECT_FALSE(Address("1::1").is_loopback());
}

TEST(IpAddressTest, PacksIntoItsBytes) {
  EXPECT_EQ(Address("1.2.3.4").Packed(), absl::string_view("\1\2\3\4", 4));
  EXPECT_EQ(Address("::5").Packed(), std::string(15, '\0') + '\5');
}

TEST(IpAddressTest, MasksAnyNumberOfBits) {
  EXPECT_EQ(Address("192.0.2.255").Masked(32), Address("192.0.2.255"));
  EXPECT_EQ(Address("192.0.2.255").Masked(25), Address("192.0.2.128"));
  EXPECT_EQ(Address("192.0.2.255").Masked(24), Address("192.0.2.0"));
  EXPECT_EQ(Address("192.0.2.255").Masked(1), Address("128.0.0.0"));
  EXPECT_EQ(Address("192.0.2.255").Masked(0), Address("0.0.0.0"));
  EXPECT_EQ(Address("2001:db8:ffff::1").Masked(33), Address("2001:db8:8000::"));
  EXPECT_EQ(Address("2001:db8::1").Masked(0), Address("::"));
}

TEST(IpAddressTest, ReversesForTheDns) {
  EXPECT_EQ(Address("192.0.2.1").ReversedLabels(), "1.2.0.192");
  EXPECT_EQ(Address("2001:db8::567:89ab").ReversedLabels(),
            "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2");
}

TEST(IpAddressTest, IsAKey) {
  const absl::flat_hash_set<IpAddress> set = {
      Address("192.0.2.1"), Address("::ffff:192.0.2.1"), Address("::1")};
  EXPECT_EQ(set.size(), 2u);
  EXPECT_LT(Address("192.0.2.1"), Address("192.0.2.2"));
}

TEST(NetworkTest, PrintsWhatItParses) {
  for (const char* text : {"192.0.2.0/24", "0.0.0.0/0", "192.0.2.1/32",
                           "2001:db8::/32", "::/0", "::1/128", "128.0.0.0/1"}) {
    EXPECT_EQ(Net(text).ToString(), text);
  }
}

TEST(NetworkTest, TakesAnAddressForANetworkOfOne) {
  EXPECT_EQ(Net("192.0.2.1").ToString(), "192.0.2.1/32");
  EXPECT_EQ(Net("::1").ToString(), "::1/128");
}

// SPF-09.
TEST(NetworkTest, TakesAMappedNetworkForTheIpv4Network) {
  EXPECT_EQ(Net("::ffff:192.0.2.0/120"), Net("192.0.2.0/24"));
  EXPECT_EQ(Net("::ffff:0.0.0.0/96"), Net("0.0.0.0/0"));
  EXPECT_EQ(Net("::ffff:192.0.2.1"), Net("192.0.2.1"));
}

TEST(NetworkTest, TakesTheBracketsOfMainCf) {
  EXPECT_EQ(Net("[::1]/128"), Net("::1/128"));
  EXPECT_EQ(Net("[2001:db8::]/32"), Net("2001:db8::/32"));
  EXPECT_EQ(Net("[::ffff:127.0.0.0]/104"), Net("127.0.0.0/8"));
  for (const char* wrong : {"[::1/128", "::1]/128", "[::1/128]", "[]/0"}) {
    EXPECT_FALSE(Network::Parse(wrong).ok()) << wrong;
  }
}

TEST(NetworkTest, RefusesWhatIsNotANetwork) {
  struct Case {
    const char* text;
    const char* why;
  };
  const Case cases[] = {
      {"192.0.2.1/24", "has bits beyond its prefix"},
      {"2001:db8::1/32", "has bits beyond its prefix"},
      {"::ffff:192.0.2.0/90", "has bits beyond its prefix"},
      {"192.0.2.0/33", "0 to 32 are possible"},
      {"::/129", "0 to 128 are possible"},
      {"192.0.2.0/", "bad prefix length"},
      {"192.0.2.0/-1", "bad prefix length"},
      {"192.0.2.0/+1", "bad prefix length"},
      {"192.0.2.0/ 24", "bad prefix length"},
      {"192.0.2.0/24/24", "bad prefix length"},
      {"192.0.2.0/99999999999999999999", "bad prefix length"},
      {"192.0.2/24", "is not an IP address or network"},
      {"/24", "is not an IP address or network"},
      {"", "is not an IP address or network"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Network::Parse(c.text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.why)))
        << c.text;
  }
}

TEST(NetworkTest, ContainsItsAddressesOnly) {
  EXPECT_TRUE(Net("192.0.2.0/24").Contains(Address("192.0.2.255")));
  EXPECT_FALSE(Net("192.0.2.0/24").Contains(Address("192.0.3.0")));
  EXPECT_TRUE(Net("192.0.2.128/25").Contains(Address("192.0.2.128")));
  EXPECT_FALSE(Net("192.0.2.128/25").Contains(Address("192.0.2.127")));
  EXPECT_TRUE(Net("0.0.0.0/0").Contains(Address("203.0.113.9")));
  EXPECT_TRUE(Net("2001:db8::/33").Contains(Address("2001:db8:7fff::1")));
  EXPECT_FALSE(Net("2001:db8::/33").Contains(Address("2001:db8:8000::1")));
  EXPECT_TRUE(Net("::1").Contains(Address("::1")));
}

TEST(NetworkTest, KeepsTheFamiliesApart) {
  EXPECT_FALSE(Net("::/0").Contains(Address("192.0.2.1")));
  EXPECT_FALSE(Net("0.0.0.0/0").Contains(Address("::1")));
}

TEST(NetworkTest, ClearsTheBitsOfAnAddress) {
  EXPECT_EQ(Network(Address("192.0.2.77"), 24), Net("192.0.2.0/24"));
}

}  // namespace
}  // namespace postern::net
