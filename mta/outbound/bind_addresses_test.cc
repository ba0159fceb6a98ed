#include "mta/outbound/bind_addresses.h"

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::StatusIs;
using ::testing::StartsWith;

const net::IpAddress kV4 = net::IpAddress::Parse("192.0.2.1").value();
const net::IpAddress kV6 = net::IpAddress::Parse("2001:db8::1").value();

class BindAddressesTest : public ::testing::Test {
 protected:
  BindAddressesTest() { config_.set_myhostname("relay.example.net"); }

  BindAddresses Ours() { return BindAddresses::FromConfig(config_).value(); }

  config::v1::Mta config_;
  config::v1::Smtp& smtp_ = *config_.mutable_smtp();
};

TEST_F(BindAddressesTest, WithoutAnyTheKernelChooses) {
  EXPECT_EQ(Ours().For(kV4, "example.org:25"), "");
  EXPECT_EQ(Ours().For(kV6, "example.org:25"), "");
  EXPECT_EQ(Ours().HeloName("192.0.2.7"), "relay.example.net");
}

TEST_F(BindAddressesTest, EachFamilyHasItsOwn) {
  smtp_.add_smtp_bind_address("192.0.2.7");
  EXPECT_EQ(Ours().For(kV4, "x"), "192.0.2.7");
  EXPECT_EQ(Ours().For(kV6, "x"), "");
  smtp_.add_smtp_bind_address6("2001:DB8:0::7");
  EXPECT_EQ(Ours().For(kV6, "x"), "2001:db8::7");
}

TEST_F(BindAddressesTest, ADestinationKeepsItsAddressAndAllAreUsed) {
  for (const char* address : {"192.0.2.7", "192.0.2.8", "192.0.2.9"}) {
    smtp_.add_smtp_bind_address(address);
  }
  const BindAddresses ours = Ours();
  const BindAddresses after_a_restart = Ours();
  std::set<std::string> used;
  for (int i = 0; i < 50; ++i) {
    const std::string destination = absl::StrCat("d", i, ".example:25");
    const std::string address = ours.For(kV4, destination);
    EXPECT_EQ(ours.For(kV4, destination), address);
    EXPECT_EQ(after_a_restart.For(kV4, destination), address);
    used.insert(address);
  }
  EXPECT_EQ(used.size(), 3u);
}

TEST_F(BindAddressesTest, AnAddressMayHaveANameOfItsOwn) {
  smtp_.set_smtp_helo_name("out.example.net");
  (*smtp_.mutable_smtp_helo_names())["192.0.2.8"] = "out8.example.net";
  (*smtp_.mutable_smtp_helo_names())["2001:db8:0::8"] = "out6.example.net";
  const BindAddresses ours = Ours();
  EXPECT_EQ(ours.HeloName("192.0.2.7"), "out.example.net");
  EXPECT_EQ(ours.HeloName("192.0.2.8"), "out8.example.net");
  EXPECT_EQ(ours.HeloName("2001:db8::8"), "out6.example.net");
}

TEST_F(BindAddressesTest, NamesTheFieldAtFault) {
  smtp_.add_smtp_bind_address("2001:db8::1");
  EXPECT_THAT(BindAddresses::FromConfig(config_),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("smtp.smtp_bind_address: ")));
  smtp_.clear_smtp_bind_address();
  smtp_.add_smtp_bind_address6("192.0.2.1");
  EXPECT_THAT(BindAddresses::FromConfig(config_),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("smtp.smtp_bind_address6: ")));
  smtp_.clear_smtp_bind_address6();
  (*smtp_.mutable_smtp_helo_names())["here"] = "x";
  EXPECT_THAT(BindAddresses::FromConfig(config_),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("smtp.smtp_helo_names: ")));
}

}  // namespace
}  // namespace postern::mta::outbound
