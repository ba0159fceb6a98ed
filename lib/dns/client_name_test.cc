#include "lib/dns/client_name.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"

namespace postern::dns {
namespace {

class ClientNameTest : public ::testing::Test {
 protected:
  ClientName Lookup(absl::string_view client) {
    return runtime_->BlockOn(
        VerifiedClientName(dns_, net::IpAddress::Parse(client).value(),
                           net::Deadline::After(absl::Seconds(30))));
  }

  FakeResolver dns_;
  const std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
};

TEST_F(ClientNameTest, ANameThatResolvesBackIsVerified) {
  dns_.Add("1.2.0.192.in-addr.arpa PTR mail.example\nmail.example A 192.0.2.1");
  const ClientName name = Lookup("192.0.2.1");
  EXPECT_EQ(name.verified_name, "mail.example");
  EXPECT_EQ(name.reverse_name, "mail.example");
  EXPECT_FALSE(name.reverse_failed);
  EXPECT_FALSE(name.forward_failed);
}

TEST_F(ClientNameTest, AForgedNameIsOnlyTheReverseName) {
  dns_.Add("1.2.0.192.in-addr.arpa PTR bank.example\nbank.example A 192.0.2.9");
  const ClientName name = Lookup("192.0.2.1");
  EXPECT_EQ(name.verified_name, "");
  EXPECT_EQ(name.reverse_name, "bank.example");
  EXPECT_FALSE(name.forward_failed);
}

TEST_F(ClientNameTest, AnAddressWithoutNameHasNone) {
  const ClientName name = Lookup("2001:db8::1");
  EXPECT_EQ(name.verified_name, "");
  EXPECT_EQ(name.reverse_name, "");
  EXPECT_FALSE(name.reverse_failed);
}

TEST_F(ClientNameTest, AFailedReverseLookUpIsTold) {
  dns_.Add("1.2.0.192.in-addr.arpa SERVFAIL");
  const ClientName name = Lookup("192.0.2.1");
  EXPECT_EQ(name.reverse_name, "");
  EXPECT_TRUE(name.reverse_failed);
}

TEST_F(ClientNameTest, AFailedForwardLookUpIsTold) {
  dns_.Add("1.2.0.192.in-addr.arpa PTR mail.example\nmail.example TIMEOUT");
  const ClientName name = Lookup("192.0.2.1");
  EXPECT_EQ(name.verified_name, "");
  EXPECT_EQ(name.reverse_name, "mail.example");
  EXPECT_TRUE(name.forward_failed);
}

TEST_F(ClientNameTest, TheFirstNameThatHoldsCounts) {
  dns_.Add(
      "1.2.0.192.in-addr.arpa PTR broken.example\n"
      "1.2.0.192.in-addr.arpa PTR mail.example\n"
      "broken.example SERVFAIL\nmail.example A 192.0.2.1");
  const ClientName name = Lookup("192.0.2.1");
  EXPECT_EQ(name.verified_name, "mail.example");
  EXPECT_EQ(name.reverse_name, "mail.example");
  EXPECT_FALSE(name.forward_failed);
}

TEST_F(ClientNameTest, NoMoreThanFiveNamesAreTried) {
  for (int i = 0; i < 20; ++i) {
    dns_.Add(absl::StrCat("1.2.0.192.in-addr.arpa PTR n", i, ".example"));
  }
  EXPECT_EQ(Lookup("192.0.2.1").reverse_name, "n0.example");
  EXPECT_EQ(dns_.questions().size(), 6u);
}

}  // namespace
}  // namespace postern::dns
