#include "mta/server/client_names.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"

namespace postern::mta::server {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

class ClientNamesTest : public ::testing::Test {
 protected:
  ~ClientNamesTest() override {
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(30)));
  }

  static net::Task<dns::ClientName> LookUp(ClientNames& names,
                                           net::Drain& drain,
                                           net::IpAddress address) {
    const std::shared_ptr<ClientNames::Lookup> lookup =
        names.Begin(address, drain);
    dns::ClientName name = co_await lookup->Name();
    co_return name;
  }

  dns::ClientName NameOf(const char* address) {
    return runtime_->BlockOn(
        LookUp(names_, drain_, net::IpAddress::Parse(address).value()));
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  net::Drain drain_;
  FakeClock clock_;
  dns::FakeResolver dns_{R"(
    1.2.0.192.in-addr.arpa  PTR      mail.example.net
    mail.example.net        A        192.0.2.1
    2.2.0.192.in-addr.arpa  PTR      liar.example.net
    liar.example.net        A        192.0.2.99
    3.2.0.192.in-addr.arpa  SERVFAIL
  )"};
  ClientNames names_{dns_, clock_};
};

TEST_F(ClientNamesTest, ANameCountsWhenItResolvesBack) {
  EXPECT_EQ(NameOf("192.0.2.1").verified_name, "mail.example.net");
  const dns::ClientName liar = NameOf("192.0.2.2");
  EXPECT_EQ(liar.verified_name, "");
  EXPECT_EQ(liar.reverse_name, "liar.example.net");
}

TEST_F(ClientNamesTest, IsRememberedForAWhile) {
  NameOf("192.0.2.1");
  const size_t asked = dns_.questions().size();
  clock_.Advance(absl::Minutes(4));
  EXPECT_EQ(NameOf("192.0.2.1").verified_name, "mail.example.net");
  EXPECT_EQ(dns_.questions().size(), asked);
  clock_.Advance(absl::Minutes(2));
  NameOf("192.0.2.1");
  EXPECT_GT(dns_.questions().size(), asked);
}

TEST_F(ClientNamesTest, AFailureIsTriedAgainSooner) {
  EXPECT_TRUE(NameOf("192.0.2.3").reverse_failed);
  const size_t asked = dns_.questions().size();
  clock_.Advance(absl::Seconds(20));
  NameOf("192.0.2.3");
  EXPECT_EQ(dns_.questions().size(), asked);
  clock_.Advance(absl::Seconds(20));
  NameOf("192.0.2.3");
  EXPECT_GT(dns_.questions().size(), asked);
}

}  // namespace
}  // namespace postern::mta::server
