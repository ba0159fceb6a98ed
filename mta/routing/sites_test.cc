#include "mta/routing/sites.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"

namespace postern::mta::routing {
namespace {

NextHop Domain(const std::string& name, uint16_t port = 25) {
  return {NextHop::Kind::kMx, name, port};
}

class SitesTest : public ::testing::Test {
 protected:
  std::string NameOf(NextHop next_hop) {
    return runtime_
        ->BlockOn(sites_.Of(std::move(next_hop),
                            net::Deadline::After(absl::Seconds(5))))
        .name;
  }

  const std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  dns::FakeResolver resolver_{R"(
    a.example      MX 10 MX2.mail.example
    a.example      MX 10 mx1.mail.example
    a.example      MX 20 mx3.mail.example
    b.example      MX 1 mx1.mail.example
    b.example      MX 1 mx2.mail.example
    b.example      MX 2 mx3.mail.example
    order.example  MX 10 mx1.mail.example
    order.example  MX 20 mx2.mail.example
    order.example  MX 20 mx3.mail.example
    fewer.example  MX 10 mx1.mail.example
    null.example   MX 0 .
    broken.example MX SERVFAIL
  )"};
  Sites sites_{resolver_};
};

TEST_F(SitesTest, DomainsWithTheSameExchangersAreOneSite) {
  EXPECT_EQ(NameOf(Domain("a.example")),
            "mx mx1.mail.example,mx2.mail.example;mx3.mail.example:25");
  EXPECT_EQ(NameOf(Domain("b.example")), NameOf(Domain("a.example")));
}

TEST_F(SitesTest, WhatSetsDomainsApart) {
  NextHop relayhost = Domain("a.example");
  relayhost.is_relayhost = true;
  const std::string a = NameOf(Domain("a.example"));
  EXPECT_NE(NameOf(Domain("order.example")), a);
  EXPECT_NE(NameOf(Domain("fewer.example")), a);
  EXPECT_NE(NameOf(Domain("a.example", 587)), a);
  EXPECT_NE(NameOf(relayhost), a);
}

TEST_F(SitesTest, WhatHasNoExchangersIsASiteOfItsOwn) {
  EXPECT_EQ(NameOf(Domain("broken.example")), "broken.example:25");
  EXPECT_EQ(NameOf(Domain("null.example")), "null.example:25");
  EXPECT_EQ(NameOf(Domain("nxdomain.example")), "nxdomain.example:25");
  EXPECT_EQ(NameOf({NextHop::Kind::kHost, "192.0.2.1", 25}), "[192.0.2.1]:25");
}

TEST_F(SitesTest, AListOfNextHopsIsASiteOfItsOwn) {
  NextHop list = Domain("a.example");
  list.others.push_back({NextHop::Kind::kMx, "b.example", 25});
  EXPECT_EQ(NameOf(list), "a.example:25,b.example:25");
  EXPECT_NE(NameOf(Domain("a.example")), NameOf(list));
}

TEST_F(SitesTest, ASiteIsRemembered) {
  const std::string a = NameOf(Domain("a.example"));
  resolver_.Reset("a.example MX SERVFAIL");
  EXPECT_EQ(NameOf(Domain("a.example")), a);
}

}  // namespace
}  // namespace postern::mta::routing
