#include "lib/net/public_address.h"

#include "gtest/gtest.h"
#include "lib/net/ip.h"

namespace postern::net {
namespace {

bool IsPublic(const char* text) {
  return IsPublicAddress(IpAddress::Parse(text).value());
}

TEST(PublicAddressTest, TheInternetIsPublic) {
  for (const char* address :
       {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
        "172.15.255.255", "172.32.0.0", "192.169.0.0", "223.255.255.255",
        "2001:200::1", "2606:4700::1111", "2a00:1450::1"}) {
    EXPECT_TRUE(IsPublic(address)) << address;
  }
}

TEST(PublicAddressTest, WhatOnlyMeansSomethingHereIsNot) {
  for (const char* address :
       {"0.0.0.0",         "10.0.0.1",        "100.64.0.1",  "127.0.0.1",
        "127.255.255.255", "169.254.169.254", "172.16.0.1",  "172.31.255.255",
        "192.0.0.8",       "192.0.2.1",       "192.168.1.1", "198.19.0.1",
        "198.51.100.1",    "203.0.113.7",     "224.0.0.1",   "239.1.1.1",
        "240.0.0.1",       "255.255.255.255", "::",          "::1",
        "fc00::1",         "fd00:ec2::254",   "fe80::1",     "fec0::1",
        "ff02::1",         "100::1",          "2001::1",     "2001:db8::1",
        "2002:7f00::",     "3fff::1",         "4000::1"}) {
    EXPECT_FALSE(IsPublic(address)) << address;
  }
}

TEST(PublicAddressTest, AnIpv4AddressInsideCountsAsItself) {
  EXPECT_FALSE(IsPublic("::ffff:127.0.0.1"));
  EXPECT_FALSE(IsPublic("::ffff:169.254.169.254"));
  EXPECT_FALSE(IsPublic("::10.0.0.1"));
  EXPECT_FALSE(IsPublic("64:ff9b::127.0.0.1"));
  EXPECT_FALSE(IsPublic("64:ff9b::a9fe:a9fe"));
  EXPECT_TRUE(IsPublic("64:ff9b::1.1.1.1"));
}

}  // namespace
}  // namespace postern::net
