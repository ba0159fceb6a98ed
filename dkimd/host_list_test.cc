#include "dkimd/host_list.h"

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::dkimd {
namespace {

using ::postern::testing::StatusIs;

HostList List(const std::vector<std::string>& entries) {
  return HostList::Create(entries).value();
}

bool Has(const HostList& list, const char* address, const char* name = "") {
  return list.Contains(net::IpAddress::Parse(address).value(), name);
}

TEST(HostListTest, AddressesAndNetworksAreClients) {
  const HostList list =
      List({"192.0.2.1", "198.51.100.0/24", "[2001:db8::]/32", "::1"});
  EXPECT_TRUE(Has(list, "192.0.2.1"));
  EXPECT_FALSE(Has(list, "192.0.2.2"));
  EXPECT_TRUE(Has(list, "198.51.100.77"));
  EXPECT_TRUE(Has(list, "2001:db8:1::7"));
  EXPECT_TRUE(Has(list, "::1"));
  EXPECT_FALSE(Has(list, "::2"));
  EXPECT_TRUE(Has(list, "::ffff:192.0.2.1"));
}

TEST(HostListTest, TheNarrowestNetworkDecides) {
  const HostList list = List({"192.0.2.0/24", "!192.0.2.64/26", "192.0.2.65",
                              "!192.0.2.66", "192.0.2.66"});
  EXPECT_TRUE(Has(list, "192.0.2.1"));
  EXPECT_FALSE(Has(list, "192.0.2.64"));
  EXPECT_TRUE(Has(list, "192.0.2.65"));
  EXPECT_FALSE(Has(list, "192.0.2.66"));
}

TEST(HostListTest, HostsAndDomainsAreNames) {
  const HostList list =
      List({"mail.falcot.com", ".example.org", "!bad.example.org"});
  EXPECT_TRUE(Has(list, "192.0.2.1", "Mail.Falcot.com."));
  EXPECT_FALSE(Has(list, "192.0.2.1", "falcot.com"));
  EXPECT_FALSE(Has(list, "192.0.2.1", "x.mail.falcot.com"));
  EXPECT_TRUE(Has(list, "192.0.2.1", "a.b.example.org"));
  EXPECT_FALSE(Has(list, "192.0.2.1", "example.org"));
  EXPECT_FALSE(Has(list, "192.0.2.1", "bad.example.org"));
  EXPECT_FALSE(Has(list, "192.0.2.1", "[192.0.2.1]"));
  EXPECT_FALSE(Has(list, "192.0.2.1", ""));
}

TEST(HostListTest, AnAddressOrANameIsEnough) {
  const HostList list = List({"192.0.2.0/24", "!mail.falcot.com"});
  EXPECT_TRUE(Has(list, "192.0.2.1", "mail.falcot.com"));
}

TEST(HostListTest, AUnixSocketIsThisMachine) {
  EXPECT_TRUE(List({"127.0.0.0/8"}).Contains(std::nullopt, ""));
  EXPECT_FALSE(List({"192.0.2.1"}).Contains(std::nullopt, ""));
}

TEST(HostListTest, NothingElseIsAnEntry) {
  for (const char* entry : {"", "!", "192.0.2.0/33", "192.0.2.0/x", "a/b",
                            "192.0.2.0/-1", "*.example.org", "[::1", "a b"}) {
    EXPECT_THAT(HostList::Create({entry}),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << entry;
  }
}

}  // namespace
}  // namespace postern::dkimd
