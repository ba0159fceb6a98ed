#include "mta/routing/next_hop.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::routing {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr auto kHost = NextHop::Kind::kHost;
constexpr auto kMx = NextHop::Kind::kMx;
constexpr auto kMailbox = NextHop::Kind::kMailbox;

config::v1::Mta BasicConfig() {
  config::v1::Mta config;
  config.set_myhostname("relay.example.net");
  config.mutable_smtp()->set_port(25);
  return config;
}

Router RouterFor(const config::v1::Mta& config) {
  return Router::FromConfig(config).value();
}

TEST(NextHopTest, ReadsEveryFormOfARelayhost) {
  struct Case {
    const char* text;
    NextHop hop;
  };
  const Case cases[] = {
      {"example.org", {kMx, "example.org", 25}},
      {"Example.ORG.", {kMx, "example.org", 25}},
      {"example.org:587", {kMx, "example.org", 587}},
      {"[mail.example.org]", {kHost, "mail.example.org", 25}},
      {"[mail.example.org]:587", {kHost, "mail.example.org", 587}},
      {"[127.0.0.1]:2526", {kHost, "127.0.0.1", 2526}},
      {"127.0.0.1:2526", {kHost, "127.0.0.1", 2526}},
      {"[2001:db8::1]:26", {kHost, "2001:db8::1", 26}},
      {"[IPv6:2001:db8::1]", {kHost, "2001:db8::1", 25}},
      {"127.0.0.1.:2526", {kHost, "127.0.0.1", 2526}},
      {"2001:db8::1", {kHost, "2001:db8::1", 25}},
      {"[::ffff:192.0.2.1]", {kHost, "192.0.2.1", 25}},
      {"mail_host", {kMx, "mail_host", 25}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_THAT(ParseNextHop(c.text, 25), IsOkAndHolds(c.hop));
  }
}

TEST(NextHopTest, RefusesWhatIsNoNextHop) {
  const std::string long_name(254, 'a');
  const std::string long_label = std::string(64, 'a') + ".org";
  for (const std::string& text : std::vector<std::string>{
           "",           "[]",          "[]:25",
           "[host",      "[host]25",    "[host]:",
           "host:",      ":25",         "host:0",
           "host:65536", "host:-1",     "host:2a",
           "host: 25",   "ho st",       "a..b",
           ".a",         "[a]:1:2",     "a@b",
           "host\r\n",   "smtp:[host]", std::string("ho\0st", 5),
           long_name,    long_label}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(ParseNextHop(text, 25),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(NextHopTest, ItsTextIsReadBackAsTheSame) {
  for (const NextHop& hop :
       {NextHop{kMx, "example.org", 2525}, NextHop{kHost, "a.example.org", 25},
        NextHop{kHost, "2001:db8::1", 25}}) {
    EXPECT_THAT(ParseNextHop(hop.ToString(), 99), IsOkAndHolds(hop));
  }
}

TEST(NextHopTest, AListHasItsOthersBehindTheFirst) {
  const NextHop list = {kMx,
                        "a.example",
                        25,
                        false,
                        {{kHost, "b.example", 26}, {kHost, "192.0.2.1", 25}}};
  EXPECT_THAT(ParseNextHops("a.example, [b.example]:26 192.0.2.1", 25),
              IsOkAndHolds(list));
  EXPECT_EQ(list.ToString(), "a.example:25,[b.example]:26,[192.0.2.1]:25");
  EXPECT_THAT(ParseNextHops(list.ToString(), 99), IsOkAndHolds(list));
  for (const char* wrong :
       {"", " ,", "a.example, [b", "a,b,c,d,e,f,g,h,i,j,k"}) {
    SCOPED_TRACE(wrong);
    EXPECT_THAT(ParseNextHops(wrong, 25),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(NextHopTest, TheDomainFollowsTheLastAt) {
  EXPECT_EQ(DomainOf("a@Example.ORG"), "example.org");
  EXPECT_EQ(DomainOf("\"a@evil.example\"@example.org"), "example.org");
  EXPECT_EQ(DomainOf("a@example.org."), "example.org");
  EXPECT_EQ(DomainOf("postmaster"), "");
  // MTA-43: one domain in both forms.
  EXPECT_EQ(DomainOf("a@B\xC3\xBC\x63her.example."), "xn--bcher-kva.example");
}

TEST(RouterTest, SendsToTheMxOfTheDomainByDefault) {
  config::v1::Mta config = BasicConfig();
  config.mutable_smtp()->set_port(2525);
  EXPECT_EQ(RouterFor(config).For("a@Example.org"),
            (NextHop{kMx, "example.org", 2525}));
}

TEST(RouterTest, SendsAllElseToTheRelayhost) {
  config::v1::Mta config = BasicConfig();
  config.set_relayhost("[smart.example.net]:587");
  EXPECT_EQ(RouterFor(config).For("a@example.org"),
            (NextHop{kHost, "smart.example.net", 587, /*is_relayhost=*/true}));
}

TEST(RouterTest, SendsAnAddressLiteralToThatAddress) {
  config::v1::Mta config = BasicConfig();
  config.set_relayhost("[smart.example.net]");
  const Router router = RouterFor(config);
  EXPECT_EQ(router.For("a@[192.0.2.1]"), (NextHop{kHost, "192.0.2.1", 25}));
  EXPECT_EQ(router.For("a@[IPv6:2001:db8::1]"),
            (NextHop{kHost, "2001:db8::1", 25}));
}

TEST(RouterTest, AddressLiteralsMayBeRefused) {
  config::v1::Mta config = BasicConfig();
  config.mutable_smtp()->set_refuse_address_literals(true);
  const NextHop hop = RouterFor(config).For("a@[192.0.2.1]");
  EXPECT_EQ(hop.kind, NextHop::Kind::kError);
  EXPECT_THAT(hop.host, StartsWith("5.1.2 "));
}

TEST(RouterTest, APipeHasTheDomainUnlessItSaysMore) {
  const Router router = RouterFor(BasicConfig());
  Transport pipe = {.kind = Transport::Kind::kPipe, .pipe = "agent"};
  const auto hop = router.For("a@Example.org", pipe);
  ASSERT_TRUE(hop.ok());
  EXPECT_EQ(hop->kind, NextHop::Kind::kPipe);
  EXPECT_EQ(hop->host, "example.org");
  EXPECT_EQ(hop->pipe, "agent");
  EXPECT_EQ(hop->ToString(), "pipe");
  pipe.next_hop = "fast";
  EXPECT_EQ(router.For("a@example.org", pipe)->host, "fast");
}

TEST(RouterTest, ATransportSaysWhereItTakesTheMail) {
  config::v1::Mta config = BasicConfig();
  config.set_relayhost("[smart.example.net]:587");
  const Router router = RouterFor(config);
  using Kind = Transport::Kind;
  using Hop = NextHop::Kind;
  struct Case {
    const char* why;
    Transport transport;
    NextHop hop;
  };
  const Case cases[] = {
      {"to the relayhost", {Kind::kSmtp, ""}, router.For("a@example.org")},
      {"smtp unless it says otherwise", {}, router.For("a@example.org")},
      {"to the domain",
       {Kind::kSmtp, "", /*skips_relayhost=*/true},
       {kMx, "example.org", 25}},
      {"to hosts",
       {Kind::kSmtp, "[x.example] y.example:26"},
       {kHost, "x.example", 25, true, {{kMx, "y.example", 26}}}},
      {"to a socket",
       {Kind::kLmtp, "unix:/run/lmtp"},
       {Hop::kSocket, "/run/lmtp", 0, true, {}, true}},
      {"to a store of the domain's name",
       {Kind::kLmtp, ""},
       {kHost, "example.org", 24, false, {}, true}},
      {"to a user", {Kind::kLocal, "x"}, {Hop::kLocal, "", 0}},
      {"to a mailbox", {Kind::kVirtual, "x"}, {kMailbox, "", 0}},
      {"back", {Kind::kError, "5.1.1 x"}, {Hop::kError, "5.1.1 x", 0}},
      {"nowhere now", {Kind::kRetry, "x"}, {Hop::kRetry, "x", 0}},
      {"nowhere ever", {Kind::kDiscard, ""}, {Hop::kDiscard, "", 0}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(router.For("a@example.org", c.transport), IsOkAndHolds(c.hop));
  }
  EXPECT_THAT(router.For("a@example.org", Transport{Kind::kSmtp, "["}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(RouterTest, TakesAnAddressWithoutADomainForOneOfThisHost) {
  EXPECT_EQ(RouterFor(BasicConfig()).For("postmaster"),
            (NextHop{kMx, "relay.example.net", 25}));
}

TEST(RouterTest, GroupsRecipientsByRouteAndKeepsTheirOrder) {
  const Router router = RouterFor(BasicConfig());
  const std::vector<Group> groups =
      GroupsOf({{router.For("a@x.example"), "s"},
                {{kMailbox, "", 0}, "s"},
                {router.For("c@X.example"), "s"},
                {router.For("d@x.example"), "another sender"}});
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].route.next_hop.host, "x.example");
  EXPECT_THAT(groups[0].recipients, ElementsAre(0, 2));
  EXPECT_EQ(groups[1].route.next_hop.kind, kMailbox);
  EXPECT_THAT(groups[1].recipients, ElementsAre(1));
  EXPECT_EQ(groups[2].route.sender, "another sender");
  EXPECT_THAT(groups[2].recipients, ElementsAre(3));
}

TEST(RouterTest, NamesTheFieldAtFault) {
  config::v1::Mta config = BasicConfig();
  config.set_relayhost("[smart");
  EXPECT_THAT(
      Router::FromConfig(config),
      StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("relayhost: ")));
}

}  // namespace
}  // namespace postern::mta::routing
