#include "lib/redis/cluster.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "lib/redis/fake_server.h"
#include "lib/testing/status_matchers.h"

namespace postern::redis {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNull;

// Itself serves all slots.
std::string SayMine(const FakeServer::Words&) {
  return "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n192.0.2.1\r\n:7000\r\n";
}
std::string SayError(const FakeServer::Words&) {
  return "-ERR This instance has cluster support disabled\r\n";
}

class ClusterTest : public ::testing::Test {
 protected:
  ClusterTest() {
    Dialer::Options options;
    options.timeout = absl::Seconds(30);
    options.login.client_name = "postern-test";
    dialer_ = std::make_unique<Dialer>(options);
  }

  void Make(std::vector<net::Endpoint> seeds) {
    cluster_ = std::make_unique<Cluster>(std::move(seeds), *dialer_,
                                         absl::Seconds(30));
  }
  absl::Status Learn() { return runtime_->BlockOn(cluster_->Learn()); }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  std::unique_ptr<Dialer> dialer_;
  std::unique_ptr<Cluster> cluster_;
};

TEST_F(ClusterTest, LearnsWhoServesWhat) {
  const FakeServer server(*runtime_, SayMine);
  Make({server.endpoint()});
  EXPECT_THAT(cluster_->NodeOf(5), IsNull());
  ASSERT_THAT(Learn(), IsOk());
  EXPECT_EQ(cluster_->NodeOf(5)->ToString(), "192.0.2.1:7000");
  EXPECT_THAT(server.commands(), ElementsAre("CLUSTER SLOTS"));
}

TEST_F(ClusterTest, AsksOthersWhenOneDoesNotKnow) {
  const FakeServer broken(*runtime_, SayError);
  const FakeServer server(*runtime_, SayMine);
  Make({broken.endpoint(), server.endpoint(), broken.endpoint()});
  EXPECT_THAT(Learn(), IsOk());
}

TEST_F(ClusterTest, SaysWhatTheLastOneSaid) {
  const FakeServer broken(*runtime_, SayError);
  Make({broken.endpoint()});
  EXPECT_THAT(Learn(), StatusIs(absl::StatusCode::kInternal,
                                HasSubstr("cluster support disabled")));
}

TEST_F(ClusterTest, AClusterThatServesNothingIsUnavailable) {
  const FakeServer server(*runtime_, [](const auto&) { return "*0\r\n"; });
  Make({server.endpoint()});
  EXPECT_THAT(Learn(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("no slot")));
}

TEST_F(ClusterTest, WhatWasKnownStaysUntilThereIsSomethingBetter) {
  const FakeServer broken(*runtime_, SayError);
  Make({broken.endpoint()});
  cluster_->Move(5, broken.endpoint());
  EXPECT_THAT(Learn(), StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(*cluster_->NodeOf(5), broken.endpoint());
  EXPECT_TRUE(cluster_->Lose(broken.endpoint()));
  EXPECT_EQ(*cluster_->NodeOf(5), broken.endpoint());
  EXPECT_THAT(cluster_->Nodes(), ElementsAre(broken.endpoint()));
}

}  // namespace
}  // namespace postern::redis
