#include "mta/outbound/route_finder.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"

namespace postern::mta::outbound {
namespace {

using ::testing::StartsWith;

class RouteFinderTest : public ::testing::Test {
 protected:
  RouteFinderTest() {
    config_.set_myhostname("relay.example.net");
    config_.set_myorigin("relay.example.net");
    config_.mutable_smtp()->set_port(25);
    config_.add_mydestination("relay.example.net");
    config_.add_virtual_mailbox_domains("box.example");
    config_.add_relay_domains("inner.example");
    envelope_.set_sender("s@from.example");
    recipient_.set_address("a@far.example");
  }

  // Returns "sender > next hop", with what becomes of it if it is nowhere.
  std::string Route() {
    *envelope_.add_recipients() = recipient_;
    const RouteFinder finder(routing::Router::FromConfig(config_).value());
    const auto book = rewriting::AddressBook::Open(config_).value();
    const auto transports = routing::TransportMap::Open(config_).value();
    const Guides guides = {*book, *transports};
    queue::Outcome outcome;
    const routing::Route route = runtime_->BlockOn(finder.RouteOf(
        guides, envelope_, envelope_.recipients_size() - 1, outcome));
    std::string text =
        absl::StrCat(route.sender, " > ", route.next_hop.ToString());
    if (route.next_hop.kind == routing::NextHop::Kind::kNowhere) {
      absl::StrAppend(&text, " ", outcome.status, " ", outcome.reply);
    }
    return text;
  }

  std::string RouteTo(const char* recipient) {
    recipient_.set_address(recipient);
    return Route();
  }

  config::v1::Mta config_;
  spool::v1::Envelope envelope_;
  spool::v1::Recipient recipient_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(RouteFinderTest, EachClassOfAddressesGoesItsWay) {
  EXPECT_EQ(RouteTo("a@far.example"), "s@from.example > far.example:25");
  EXPECT_EQ(RouteTo("a@inner.example"), "s@from.example > inner.example:25");
  EXPECT_EQ(RouteTo("a@box.example"), "s@from.example > mailbox");
  EXPECT_EQ(RouteTo("a@relay.example.net"), "s@from.example > local");
}

TEST_F(RouteFinderTest, TheTransportOfAClassMayBeAnother) {
  config_.mutable_routing()->set_relay_transport("smtp:[10.0.0.1]:26");
  config_.mutable_routing()->set_virtual_transport("error:5.7.1 closed");
  EXPECT_EQ(RouteTo("a@inner.example"), "s@from.example > [10.0.0.1]:26");
  EXPECT_EQ(RouteTo("a@box.example"), "s@from.example > error");
}

TEST_F(RouteFinderTest, ATableCountsMoreThanTheClassAndTheRelayhost) {
  config_.set_relayhost("[smart.example]");
  config_.mutable_routing()->add_transport_maps(
      "inline:{ {far.example=smtp:} {box.example=discard:} "
      "{near.example=:[b.example], c.example} "
      "{relay.example.net=smtp:[d.example]} }");
  EXPECT_EQ(RouteTo("a@else.example"), "s@from.example > [smart.example]:25");
  EXPECT_EQ(RouteTo("a@far.example"), "s@from.example > far.example:25");
  EXPECT_EQ(RouteTo("a@box.example"), "s@from.example > discard");
  EXPECT_EQ(RouteTo("a@near.example"),
            "s@from.example > [b.example]:25,c.example:25");
  EXPECT_EQ(RouteTo("a@relay.example.net"), "s@from.example > [d.example]:25");
}

TEST_F(RouteFinderTest, TheOwnerOfAListIsTheSenderWhoseRelayhostCounts) {
  config_.mutable_routing()->add_sender_dependent_relayhost_maps(
      "inline:{ {owner@list.example=[lists.example]} }");
  recipient_.set_owner("owner@list.example");
  EXPECT_EQ(Route(), "owner@list.example > [lists.example]:25");
  envelope_.clear_sender();
  EXPECT_EQ(Route(), " > far.example:25");
}

TEST_F(RouteFinderTest, WhatTheEnvelopeSaysIsNotAskedOfTables) {
  config_.mutable_routing()->add_transport_maps("fail:table is away");
  recipient_.set_verdict("5.4.6 alias database loop");
  EXPECT_EQ(Route(), "s@from.example > nowhere 5.4.6 alias database loop");
  recipient_.clear_verdict();
  recipient_.set_file("/var/mail/a");
  EXPECT_EQ(Route(), "s@from.example > file");
  recipient_.set_command("/bin/true");
  recipient_.clear_file();
  EXPECT_EQ(Route(), "s@from.example > command");
}

TEST_F(RouteFinderTest, MailWaitsForATableThatIsAwayOrWrong) {
  config::v1::Routing& routing = *config_.mutable_routing();
  routing.add_transport_maps("fail:table is away");
  EXPECT_THAT(Route(), StartsWith("s@from.example > nowhere 4.3.0 transport "
                                  "lookup failed: "));
  routing.clear_transport_maps();
  // Only smtp needs a next hop that is one.
  routing.set_virtual_transport("smtp");
  routing.add_transport_maps("inline:{ {box.example=:not a host!} }");
  EXPECT_THAT(RouteTo("a@box.example"),
              StartsWith("s@from.example > nowhere 4.3.5 transport lookup "
                         "failed: "));
}

}  // namespace
}  // namespace postern::mta::outbound
