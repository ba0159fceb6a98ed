#include "lib/dns/host.h"

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
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

net::IpAddress Ip(absl::string_view text) {
  return net::IpAddress::Parse(text).value();
}

class HostTest : public ::testing::Test {
 protected:
  absl::StatusOr<HostAddresses> Resolve(const std::string& host) {
    return runtime_->BlockOn(ResolveHost(dns_, host, deadline_));
  }
  absl::StatusOr<std::vector<net::Endpoint>> Endpoints(
      const std::string& endpoint) {
    return runtime_->BlockOn(ResolveEndpoints(
        dns_, net::Endpoint::Parse(endpoint).value(), deadline_));
  }

  FakeResolver dns_{R"(
    both.example    A     192.0.2.1
    both.example    A     192.0.2.2
    both.example    AAAA  2001:db8::1
    v6.example      AAAA  2001:db8::2
    alias.example   CNAME both.example
    text.example    TXT   "nothing else"
    half.example    A     SERVFAIL
    half.example    AAAA  2001:db8::3
    none.example    A     SERVFAIL
    slow.example    TIMEOUT
    signed.example  A     192.0.2.9     ; secure
    signed.example  AAAA  2001:db8::9   ; secure
  )"};
  const std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  const net::Deadline deadline_ = net::Deadline::After(absl::Seconds(30));
};

TEST_F(HostTest, FindsIpv4ThenIpv6) {
  const absl::StatusOr<HostAddresses> host = Resolve("both.example");
  ASSERT_THAT(host, IsOk());
  EXPECT_THAT(host->addresses,
              ElementsAre(Ip("192.0.2.1"), Ip("192.0.2.2"), Ip("2001:db8::1")));
  EXPECT_TRUE(host->exists);
  EXPECT_FALSE(host->secure);
  EXPECT_THAT(Resolve("v6.example")->addresses, ElementsAre(Ip("2001:db8::2")));
  EXPECT_EQ(Resolve("alias.example")->addresses.size(), 3u);
}

TEST_F(HostTest, TellsNoSuchHostFromNoAddress) {
  EXPECT_FALSE(Resolve("nobody.example")->exists);
  const absl::StatusOr<HostAddresses> text = Resolve("text.example");
  ASSERT_THAT(text, IsOk());
  EXPECT_TRUE(text->exists);
  EXPECT_THAT(text->addresses, IsEmpty());
}

TEST_F(HostTest, AsksOnceForAHostThatDoesNotExist) {
  EXPECT_THAT(Resolve("nobody.example"), IsOk());
  EXPECT_THAT(dns_.questions(), ElementsAre("nobody.example A"));
}

TEST_F(HostTest, OneFamilyIsEnoughWhenTheOtherFails) {
  EXPECT_THAT(Resolve("half.example")->addresses,
              ElementsAre(Ip("2001:db8::3")));
  EXPECT_THAT(Resolve("none.example"),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Resolve("slow.example"),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(HostTest, IsSecureWhenBothAnswersAre) {
  EXPECT_TRUE(Resolve("signed.example")->secure);
}

TEST_F(HostTest, SaysWhereTheAliasesEnd) {
  EXPECT_EQ(Resolve("alias.example")->canonical_name, "both.example");
  EXPECT_EQ(Resolve("Both.Example")->canonical_name, "both.example");
}

TEST_F(HostTest, AddressesAndLocalhostAreNotAskedFor) {
  EXPECT_THAT(Resolve("192.0.2.7")->addresses, ElementsAre(Ip("192.0.2.7")));
  EXPECT_THAT(Resolve("2001:db8::7")->addresses,
              ElementsAre(Ip("2001:db8::7")));
  for (const char* name : {"localhost", "LocalHost.", "a.localhost"}) {
    EXPECT_THAT(Resolve(name)->addresses,
                ElementsAre(Ip("127.0.0.1"), Ip("::1")));
  }
  EXPECT_THAT(dns_.questions(), IsEmpty());
}

// MTA-31.
TEST_F(HostTest, TakesNoMoreThan64Addresses) {
  for (int i = 0; i < 100; ++i) {
    dns_.Add(absl::StrCat("many.example A 192.0.2.", i));
  }
  EXPECT_EQ(Resolve("many.example")->addresses.size(), 64u);
}

TEST_F(HostTest, EndpointsKeepTheirPort) {
  const absl::StatusOr<std::vector<net::Endpoint>> endpoints =
      Endpoints("both.example:25");
  ASSERT_THAT(endpoints, IsOk());
  ASSERT_EQ(endpoints->size(), 3u);
  EXPECT_EQ((*endpoints)[0].ToString(), "192.0.2.1:25");
  EXPECT_EQ((*endpoints)[2].ToString(), "[2001:db8::1]:25");
}

TEST_F(HostTest, AUnixSocketStaysWhatItIs) {
  EXPECT_THAT(
      Endpoints("unix:/run/x"),
      IsOkAndHolds(ElementsAre(net::Endpoint::Parse("unix:/run/x").value())));
}

TEST_F(HostTest, AnEndpointWithoutAddressIsUnavailable) {
  EXPECT_THAT(Endpoints("nobody.example:25"),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("no such")));
  EXPECT_THAT(
      Endpoints("text.example:25"),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("no address")));
}

}  // namespace
}  // namespace postern::dns
