#include "mta/outbound/handoff_peers.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"

namespace postern::mta::outbound {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class HandoffPeersTest : public ::testing::Test {
 protected:
  HandoffPeersTest() {
    own_.AddListener(net::Endpoint::Parse("0.0.0.0:25").value());
  }

  // The endpoints as text, and what is the trouble.
  std::vector<std::string> Find(std::vector<std::string> names) {
    const HandoffPeers peers =
        runtime_->BlockOn(FindPeers(std::move(names), resolver_, own_,
                                    net::Deadline::After(absl::Seconds(5))));
    trouble_ = peers.trouble;
    std::vector<std::string> found;
    for (const auto& peer : peers.endpoints) found.push_back(peer.ToString());
    return found;
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  dns::FakeResolver resolver_{
      "mta.test A 10.0.0.1\nmta.test A 10.0.0.2\nmta.test A 10.0.0.3\n"};
  routing::OwnEndpoints own_{"mta-0.test",
                             {net::IpAddress::Parse("10.0.0.2").value()}};
  std::string trouble_;
};

TEST_F(HandoffPeersTest, ANameStandsForAllAddressesButOurOwn) {
  EXPECT_THAT(Find({"mta.test:25"}), ElementsAre("10.0.0.1:25", "10.0.0.3:25"));
  EXPECT_THAT(trouble_, IsEmpty());
  // Another port is another program.
  EXPECT_THAT(Find({"10.0.0.2:26"}), ElementsAre("10.0.0.2:26"));
}

TEST_F(HandoffPeersTest, EachPeerIsThereOnce) {
  EXPECT_THAT(Find({"mta.test:25", "10.0.0.1:25"}),
              ElementsAre("10.0.0.1:25", "10.0.0.3:25"));
}

TEST_F(HandoffPeersTest, WhatCannotBeFoundDoesNotHideTheRest) {
  EXPECT_THAT(Find({"gone.test:25", "10.0.0.1:25"}),
              ElementsAre("10.0.0.1:25"));
  EXPECT_THAT(trouble_, HasSubstr("gone.test:25: "));
}

TEST_F(HandoffPeersTest, ToBeAloneIsTroubleEnough) {
  EXPECT_THAT(Find({"10.0.0.2:25"}), IsEmpty());
  EXPECT_EQ(trouble_, "all of handoff.peers are this relay");
}

}  // namespace
}  // namespace postern::mta::outbound
