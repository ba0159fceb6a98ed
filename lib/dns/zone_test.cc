#include "lib/dns/zone.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::dns {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

class ZoneTest : public ::testing::Test {
 protected:
  absl::StatusOr<Zone> Find(const std::string& name) {
    return runtime_->BlockOn(
        FindZone(*resolver_, name, net::Deadline::After(absl::Seconds(30))));
  }
  absl::StatusOr<std::vector<NameServer>> Servers(const std::string& zone) {
    return runtime_->BlockOn(FindNameServers(
        *resolver_, zone, net::Deadline::After(absl::Seconds(30))));
  }
  void SetZone(const std::string& text) {
    resolver_ = std::make_unique<FakeResolver>(text);
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  std::unique_ptr<FakeResolver> resolver_;
};

TEST_F(ZoneTest, TheNearestZoneIsTheOne) {
  SetZone(
      "example.org SOA ns.example.org\n"
      "sub.example.org SOA ns2.example.org\n"
      "org SOA a.nic.org\n");
  const auto zone = Find("S._domainkey.Sub.example.org.");
  ASSERT_THAT(zone, IsOk());
  EXPECT_EQ(zone->name, "sub.example.org");
  EXPECT_EQ(zone->primary, "ns2.example.org");
  EXPECT_EQ(Find("a.b.example.org")->name, "example.org");
}

TEST_F(ZoneTest, AnAliasIsInTheZoneOfItsOwnName) {
  SetZone(
      "example.org SOA ns.example.org\n"
      "alias.example.org CNAME other.example\n"
      "other.example SOA ns.other.example\n");
  EXPECT_EQ(Find("alias.example.org")->name, "example.org");
}

TEST_F(ZoneTest, NoZoneIsNotFound) {
  SetZone("example.org SOA ns.example.org\n");
  EXPECT_THAT(Find("a.example"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("a.example")));
}

TEST_F(ZoneTest, TroubleIsNoAnswer) {
  SetZone("a.example.org SERVFAIL\nexample.org SOA ns.example.org\n");
  EXPECT_THAT(Find("a.example.org"), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ZoneTest, AllNameServersWithAllTheirAddresses) {
  SetZone(
      "example.org NS a.example.org\n"
      "example.org NS b.example.net\n"
      "a.example.org A 192.0.2.1\n"
      "a.example.org AAAA 2001:db8::1\n"
      "b.example.net A 192.0.2.2\n");
  const auto servers = Servers("example.org");
  ASSERT_THAT(servers, IsOk());
  ASSERT_EQ(servers->size(), 2u);
  EXPECT_EQ((*servers)[0].name, "a.example.org");
  EXPECT_EQ((*servers)[0].addresses.size(), 2u);
  EXPECT_EQ((*servers)[1].addresses[0].ToString(), "192.0.2.2");
}

TEST_F(ZoneTest, ANameServerWithoutAnAddressIsSaid) {
  SetZone(
      "example.org NS a.example.org\n"
      "a.example.org A 192.0.2.1\n"
      "example.org NS gone.example.org\n");
  EXPECT_THAT(Servers("example.org"),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("gone.example.org has no address")));
  EXPECT_THAT(Servers("example.net"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ZoneTest, TheNumberOfNameServersIsBounded) {
  std::string text = "a.example A 192.0.2.1\n";
  for (int i = 0; i < 33; ++i) {
    absl::StrAppend(&text, "example NS n", i, ".example\n");
  }
  SetZone(text);
  EXPECT_THAT(Servers("example"), StatusIs(absl::StatusCode::kUnavailable,
                                           HasSubstr("more than 32")));
}

}  // namespace
}  // namespace postern::dns
