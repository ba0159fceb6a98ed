#include "mta/outbound/family_order.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::outbound {
namespace {

using ::testing::AnyOf;
using Preference = FamilyOrder::Preference;

// "a=192.0.2.1 a=2001:db8::1".
std::vector<routing::Host> Hosts(absl::string_view text) {
  std::vector<routing::Host> hosts;
  for (const absl::string_view part : absl::StrSplit(text, ' ')) {
    const std::pair<std::string, std::string> host = absl::StrSplit(part, '=');
    hosts.push_back(
        {host.first, net::IpAddress::Parse(host.second).value(), 25});
  }
  return hosts;
}

std::string Arranged(const FamilyOrder& order, absl::string_view text) {
  std::vector<routing::Host> hosts = Hosts(text);
  order.Arrange(hosts);
  return absl::StrJoin(hosts, " ", [](std::string* out, const auto& host) {
    absl::StrAppend(out, host.name, "=", host.address.ToString());
  });
}

constexpr char kBoth[] = "a=1.1.1.1 a=1.1.1.2 a=::1 b=2.2.2.1 b=::2";
constexpr char kV4First[] = "a=1.1.1.1 a=::1 a=1.1.1.2 b=2.2.2.1 b=::2";
constexpr char kV6First[] = "a=::1 a=1.1.1.1 a=1.1.1.2 b=::2 b=2.2.2.1";

TEST(FamilyOrderTest, TheFamiliesOfAHostTakeTurns) {
  EXPECT_EQ(Arranged(FamilyOrder(Preference::kIpv4), kBoth), kV4First);
  EXPECT_EQ(Arranged(FamilyOrder(Preference::kIpv6), kBoth), kV6First);
  EXPECT_THAT(Arranged(FamilyOrder(Preference::kAny), kBoth),
              AnyOf(kV4First, kV6First));
}

TEST(FamilyOrderTest, AFamilyThatIsAwayIsTriedLast) {
  FamilyOrder order(Preference::kIpv6);
  const net::IpAddress v6 = net::IpAddress::Parse("2001:db8::9").value();
  order.NoteAway(v6);
  EXPECT_EQ(Arranged(order, kBoth),
            "a=1.1.1.1 a=1.1.1.2 b=2.2.2.1 a=::1 b=::2");
  order.NoteReached(v6);
  EXPECT_EQ(Arranged(order, kBoth), kV6First);
  order.NoteAway(v6);
  order.NoteAway(net::IpAddress::Parse("192.0.2.1").value());
  EXPECT_EQ(Arranged(order, kBoth), kV6First);
}

TEST(FamilyOrderTest, AHostOfOneFamilyStaysAsItIs) {
  EXPECT_EQ(Arranged(FamilyOrder(Preference::kIpv6), "a=1.1.1.1 b=2.2.2.2"),
            "a=1.1.1.1 b=2.2.2.2");
}

TEST(HasOtherFamilyBehindTest, LooksOnlyBehind) {
  const std::vector<routing::Host> hosts = Hosts("a=::1 a=1.1.1.1 b=2.2.2.2");
  EXPECT_TRUE(HasOtherFamilyBehind(hosts, 0));
  EXPECT_FALSE(HasOtherFamilyBehind(hosts, 1));
  EXPECT_FALSE(HasOtherFamilyBehind(hosts, 2));
}

TEST(IsNoWayTest, ARefusalIsAWay) {
  EXPECT_TRUE(IsNoWay(absl::DeadlineExceededError("timed out")));
  EXPECT_TRUE(IsNoWay(absl::UnavailableError("x: Network is unreachable")));
  EXPECT_FALSE(IsNoWay(absl::UnavailableError("x: Connection refused")));
}

}  // namespace
}  // namespace postern::mta::outbound
