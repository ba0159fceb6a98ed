#include "mta/routing/mx.h"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"

namespace postern::mta::routing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kHost = NextHop::Kind::kHost;
constexpr auto kMx = NextHop::Kind::kMx;

class MxTest : public ::testing::Test {
 protected:
  MxTest()
      : runtime_(net::Runtime::Create({.reactors = 1}).value()),
        own_("relay.example.net",
             {net::IpAddress::Parse("192.0.2.99").value()}) {
    own_.AddListener(net::Endpoint::Parse("0.0.0.0:25").value());
  }

  Candidates Find(absl::string_view zone, NextHop hop, size_t limit = 5) {
    dns::FakeResolver resolver(zone);
    const MxFinder finder(resolver, own_, limit);
    return runtime_->BlockOn(
        finder.Find(std::move(hop), net::Deadline::After(absl::Seconds(5))));
  }

  // The relays to be tried, as text.
  std::vector<std::string> Relays(absl::string_view zone, NextHop hop,
                                  size_t limit = 5) {
    std::vector<std::string> relays;
    for (const Host& host : Find(zone, std::move(hop), limit).hosts) {
      relays.push_back(host.ToString());
    }
    return relays;
  }

  // What goes wrong, as text.
  std::string Trouble(absl::string_view zone, NextHop hop) {
    const Candidates found = Find(zone, std::move(hop));
    EXPECT_THAT(found.hosts, IsEmpty());
    return found.trouble ? found.trouble->ToString() : "";
  }

  std::unique_ptr<net::Runtime> runtime_;
  OwnEndpoints own_;
};

TEST_F(MxTest, TriesExchangersInTheOrderOfPreference) {
  EXPECT_THAT(Relays(R"(
    example.org    MX 20 b.example.org
    example.org    MX 10 a.example.org
    a.example.org  A  192.0.2.1
    b.example.org  A  192.0.2.2
  )",
                     {kMx, "example.org", 26}),
              ElementsAre("a.example.org[192.0.2.1]:26",
                          "b.example.org[192.0.2.2]:26"));
}

TEST_F(MxTest, ShufflesExchangersOfOnePreference) {
  std::set<std::string> first;
  for (int i = 0; i < 200; ++i) {
    first.insert(Relays(R"(
      example.org    MX 10 a.example.org
      example.org    MX 10 b.example.org
      a.example.org  A  192.0.2.1
      b.example.org  A  192.0.2.2
    )",
                        {kMx, "example.org", 25})[0]);
  }
  EXPECT_THAT(first, SizeIs(2));
}

TEST_F(MxTest, FallsBackToTheAddressOfTheDomain) {
  EXPECT_THAT(Relays("example.org A 192.0.2.1", {kMx, "example.org", 25}),
              ElementsAre("example.org[192.0.2.1]:25"));
}

TEST_F(MxTest, AHostIsNotAskedForItsMx) {
  EXPECT_THAT(Relays(R"(
    example.org   MX   10 a.example.org
    example.org   A    192.0.2.7
    example.org   AAAA 2001:db8::7
  )",
                     {kHost, "example.org", 587}),
              ElementsAre("example.org[192.0.2.7]:587",
                          "example.org[2001:db8::7]:587"));
}

TEST_F(MxTest, AnAddressNeedsNoDns) {
  EXPECT_THAT(Relays("", {kHost, "127.0.0.1", 2526}),
              ElementsAre("127.0.0.1[127.0.0.1]:2526"));
}

TEST_F(MxTest, TellsTheWaysToFailApart) {
  struct Case {
    const char* zone;
    NextHop hop;
    const char* reply;
  };
  const Case cases[] = {
      {"example.org MX 0 .", {kMx, "example.org", 25}, "556 5.1.10 "},
      {"", {kMx, "example.org", 25}, "550 5.1.2 "},
      {"example.org TXT x", {kMx, "example.org", 25}, "550 5.4.4 "},
      {"example.org MX 10 a.example.org",
       {kMx, "example.org", 25},
       "550 5.4.4 "},
      {"example.org SERVFAIL", {kMx, "example.org", 25}, "451 4.4.3 "},
      {"example.org TIMEOUT", {kMx, "example.org", 25}, "451 4.4.3 "},
      {"example.org MX 10 a.example.org\na.example.org SERVFAIL",
       {kMx, "example.org", 25},
       "451 4.4.3 "},
      {"", {kHost, "mail.example.org", 25}, "550 5.4.4 "},
      {"mail.example.org SERVFAIL",
       {kHost, "mail.example.org", 25},
       "451 4.4.3 "},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(absl::StrCat(c.zone, " -> ", c.reply));
    EXPECT_THAT(Trouble(c.zone, c.hop), ::testing::StartsWith(c.reply));
  }
}

TEST_F(MxTest, AnExchangerThatCannotBeResolvedDoesNotHideTheOthers) {
  EXPECT_THAT(Relays(R"(
    example.org    MX 10 a.example.org
    example.org    MX 20 b.example.org
    a.example.org  SERVFAIL
    b.example.org  A  192.0.2.2
  )",
                     {kMx, "example.org", 25}),
              ElementsAre("b.example.org[192.0.2.2]:25"));
}

TEST_F(MxTest, TheOthersOfAListComeBehind) {
  NextHop list = {kMx, "example.org", 25, true};
  list.others = {{kHost, "typo.example.org", 26},
                 {NextHop::Kind::kSocket, "/run/lmtp", 0},
                 {kHost, "b.example.org", 27}};
  const char* zone = R"(
    example.org    MX 10 a.example.org
    a.example.org  A  192.0.2.1
    b.example.org  A  192.0.2.2
  )";
  EXPECT_THAT(Relays(zone, list),
              ElementsAre("a.example.org[192.0.2.1]:25", "unix[/run/lmtp]",
                          "b.example.org[192.0.2.2]:27"));
  list.others.resize(1);
  EXPECT_THAT(Trouble("example.org SERVFAIL", list),
              ::testing::StartsWith("451 4.4.3 "));
}

TEST_F(MxTest, WhatIsWrongWithTheRelayhostNeverBouncesMail) {
  EXPECT_THAT(Trouble("", {kHost, "typo.example.org", 25, true}),
              ::testing::StartsWith(
                  "451 4.3.5 the next hop in the settings is wrong: "));
  EXPECT_THAT(Trouble("", {kMx, "typo.example.org", 25, true}),
              ::testing::StartsWith("451 4.3.5 "));
}

// MTA-31.
TEST_F(MxTest, ADomainWhoseMxLeadsBackToUsIsALoop) {
  for (const char* address :
       {"127.0.0.1", "127.1.2.3", "0.0.0.0", "192.0.2.99"}) {
    SCOPED_TRACE(address);
    EXPECT_THAT(
        Trouble(absl::StrCat("example.org MX 10 a.example.org\n",
                             "a.example.org A ", address),
                {kMx, "example.org", 25}),
        HasSubstr("554 5.4.6 mail for example.org loops back to myself"));
  }
  EXPECT_THAT(
      Trouble("example.org MX 10 RELAY.example.net", {kMx, "example.org", 25}),
      HasSubstr("5.4.6"));
}

// MTA-31.
TEST_F(MxTest, OnlyExchangersBetterThanOurselvesAreTried) {
  EXPECT_THAT(Relays(R"(
    example.org    MX 10 a.example.org
    example.org    MX 20 relay.example.net
    example.org    MX 20 b.example.org
    example.org    MX 30 c.example.org
    a.example.org  A  192.0.2.1
    b.example.org  A  192.0.2.2
    c.example.org  A  192.0.2.3
  )",
                     {kMx, "example.org", 25}),
              ElementsAre("a.example.org[192.0.2.1]:25"));
}

TEST_F(MxTest, LoopbackWithAPortOfSomebodyElseIsNoLoop) {
  EXPECT_THAT(Relays("example.org MX 10 a.example.org\na.example.org A "
                     "127.0.0.1",
                     {kMx, "example.org", 2526}),
              ElementsAre("a.example.org[127.0.0.1]:2526"));
}

TEST_F(MxTest, ARelayhostThatIsOurselvesIsALoop) {
  EXPECT_THAT(Trouble("", {kHost, "127.0.0.1", 25, true}), HasSubstr("4.3.5"));
}

// MTA-31.
TEST_F(MxTest, BoundsExchangersAndAddresses) {
  std::string zone;
  for (int i = 0; i < 40; ++i) {
    absl::StrAppend(&zone, "example.org MX ", 100 + i, " m", i,
                    ".example.org\n");
    for (int j = 1; j < 10; ++j) {
      absl::StrAppend(&zone, "m", i, ".example.org A 198.51.", i, ".", j, "\n");
    }
  }
  const std::vector<std::string> relays =
      Relays(zone, {kMx, "example.org", 25});
  ASSERT_THAT(relays, SizeIs(5));
  EXPECT_THAT(relays[2], HasSubstr("m0.example.org"));
  EXPECT_THAT(relays[3], HasSubstr("m1.example.org"));
  EXPECT_THAT(Relays(zone, {kMx, "example.org", 25}, 1000), SizeIs(16 * 3));
}

TEST_F(MxTest, SaysWhatDnssecVouchesFor) {
  constexpr absl::string_view kZone = R"(
    a.example       MX    10 mx.example   ; secure
    a.example       MX    20 plain.example   ; secure
    b.example       MX    10 mx.example
    mx.example      CNAME real.example    ; secure
    real.example    A     192.0.2.1       ; secure
    plain.example   A     192.0.2.2
  )";
  const std::vector<Host> signed_ones =
      Find(kZone, {kMx, "a.example", 25}).hosts;
  ASSERT_THAT(signed_ones, SizeIs(2));
  EXPECT_TRUE(signed_ones[0].is_name_secure);
  EXPECT_TRUE(signed_ones[0].is_address_secure);
  EXPECT_EQ(signed_ones[0].canonical_name, "real.example");
  EXPECT_TRUE(signed_ones[1].is_name_secure);
  EXPECT_FALSE(signed_ones[1].is_address_secure);
  EXPECT_FALSE(Find(kZone, {kMx, "b.example", 25}).hosts[0].is_name_secure);
  const Host named = Find(kZone, {kHost, "mx.example", 25}).hosts.at(0);
  EXPECT_TRUE(named.is_name_secure);
  EXPECT_TRUE(named.is_address_secure);
}

}  // namespace
}  // namespace postern::mta::routing
