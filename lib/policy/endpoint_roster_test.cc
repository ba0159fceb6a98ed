#include "lib/policy/endpoint_roster.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::policy {
namespace {

using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

net::Endpoint At(absl::string_view text) {
  return net::Endpoint::Parse(text).value();
}

class EndpointRosterTest : public ::testing::Test {
 protected:
  using Addresses = absl::StatusOr<std::vector<net::Endpoint>>;

  void Make(std::vector<net::Endpoint> endpoints) {
    EndpointRoster::Options options;
    options.endpoints = std::move(endpoints);
    options.resolve = [this](net::Endpoint endpoint, net::Deadline) {
      return Answer(std::move(endpoint));
    };
    roster_.emplace(std::move(options), clock_);
  }

  net::Task<Addresses> Answer(net::Endpoint endpoint) {
    ++lookups_;
    if (!dns_.ok() || endpoint.host == "name.test") co_return dns_;
    co_return std::vector<net::Endpoint>{endpoint};
  }

  absl::StatusOr<std::vector<net::Endpoint>> Candidates() {
    absl::StatusOr<EndpointRoster::Choice> choice = runtime_->BlockOn(
        roster_->Choose(net::Deadline::After(absl::Seconds(20))));
    if (!choice.ok()) return choice.status();
    return choice->candidates;
  }

  FakeClock clock_;
  Addresses dns_ = std::vector<net::Endpoint>{At("192.0.2.1:1")};
  int lookups_ = 0;
  std::optional<EndpointRoster> roster_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(EndpointRosterTest, BeginsWithAnotherOneEachTime) {
  Make({At("192.0.2.1:1"), At("192.0.2.2:1")});
  EXPECT_THAT(*Candidates(), ElementsAre(At("192.0.2.1:1"), At("192.0.2.2:1")));
  EXPECT_THAT(*Candidates(), ElementsAre(At("192.0.2.2:1"), At("192.0.2.1:1")));
}

TEST_F(EndpointRosterTest, LeavesOutWhoFailedLongerEachTime) {
  Make({At("192.0.2.1:1"), At("192.0.2.2:1")});
  ASSERT_EQ(Candidates()->size(), 2u);
  for (const absl::Duration wait :
       {absl::Seconds(1), absl::Seconds(2), absl::Seconds(4)}) {
    roster_->Failed(At("192.0.2.1:1"));
    EXPECT_EQ(roster_->healthy(), 1u);
    clock_.Advance(wait - absl::Milliseconds(1));
    EXPECT_THAT(*Candidates(), ElementsAre(At("192.0.2.2:1")));
    clock_.Advance(absl::Milliseconds(1));
    EXPECT_EQ(Candidates()->size(), 2u);
  }
  roster_->Answered(At("192.0.2.1:1"));
  EXPECT_EQ(roster_->healthy(), 2u);
  for (int i = 0; i < 100; ++i) roster_->Failed(At("192.0.2.1:1"));
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Candidates()->size(), 2u) << "the back-off is bounded";
}

TEST_F(EndpointRosterTest, SaysWhenAnAddressBeginsToFail) {
  Make({At("192.0.2.1:1"), At("192.0.2.2:1")});
  EXPECT_EQ(roster_->size(), 0u);
  ASSERT_TRUE(Candidates().ok());
  EXPECT_EQ(roster_->size(), 2u);
  EXPECT_TRUE(roster_->Failed(At("192.0.2.1:1")));
  EXPECT_FALSE(roster_->Failed(At("192.0.2.1:1")));
  roster_->Answered(At("192.0.2.1:1"));
  EXPECT_TRUE(roster_->Failed(At("192.0.2.1:1")));
  EXPECT_FALSE(roster_->Failed(At("192.0.2.9:1"))) << "it is none of them";
}

TEST_F(EndpointRosterTest, WhenAllFailedAllAreTried) {
  Make({At("192.0.2.1:1"), At("192.0.2.2:1")});
  ASSERT_TRUE(Candidates().ok());
  roster_->Failed(At("192.0.2.1:1"));
  roster_->Failed(At("192.0.2.2:1"));
  EXPECT_THAT(*Candidates(),
              UnorderedElementsAre(At("192.0.2.1:1"), At("192.0.2.2:1")));
  EXPECT_EQ(roster_->healthy(), 0u);
}

TEST_F(EndpointRosterTest, LooksNamesUpAgainAndForgetsAddressesThatAreGone) {
  Make({At("name.test:1")});
  EXPECT_EQ(roster_->healthy(), 1u);
  EXPECT_THAT(*Candidates(), ElementsAre(At("192.0.2.1:1")));
  dns_ = std::vector<net::Endpoint>{At("192.0.2.7:1"), At("192.0.2.8:1")};
  clock_.Advance(absl::Seconds(29));
  EXPECT_THAT(*Candidates(), ElementsAre(At("192.0.2.1:1")));
  EXPECT_EQ(lookups_, 1);
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(*Candidates(),
              UnorderedElementsAre(At("192.0.2.7:1"), At("192.0.2.8:1")));
  EXPECT_EQ(roster_->healthy(), 2u);
}

TEST_F(EndpointRosterTest, KeepsTheOldAddressesWhileTheDnsIsAway) {
  Make({At("name.test:1")});
  ASSERT_TRUE(Candidates().ok());
  dns_ = absl::UnavailableError("SERVFAIL");
  clock_.Advance(absl::Minutes(10));
  EXPECT_THAT(*Candidates(), ElementsAre(At("192.0.2.1:1")));
  EXPECT_EQ(lookups_, 2);
  EXPECT_THAT(*Candidates(), ElementsAre(At("192.0.2.1:1")));
  EXPECT_EQ(lookups_, 2) << "a failed look-up is not repeated at once";
}

TEST_F(EndpointRosterTest, ANameThatWasNeverKnownIsAnError) {
  Make({At("name.test:1")});
  dns_ = absl::UnavailableError("SERVFAIL");
  EXPECT_THAT(Candidates(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(roster_->healthy(), 0u);
  clock_.Advance(absl::Seconds(5));
  dns_ = std::vector<net::Endpoint>{At("192.0.2.1:1")};
  EXPECT_THAT(*Candidates(), ElementsAre(At("192.0.2.1:1")));
}

TEST_F(EndpointRosterTest, AUnixSocketIsNeverLookedUp) {
  Make({At("unix:/run/policy")});
  EXPECT_THAT(*Candidates(), ElementsAre(At("unix:/run/policy")));
  EXPECT_EQ(lookups_, 0);
}

}  // namespace
}  // namespace postern::policy
