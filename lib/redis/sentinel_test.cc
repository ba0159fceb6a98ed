#include "lib/redis/sentinel.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
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
using ::testing::IsEmpty;
using ::testing::IsNull;

std::string SayMaster(const FakeServer::Words&) {
  return "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n";
}
std::string SayReplica(const FakeServer::Words&) {
  return "*2\r\n$5\r\nslave\r\n$1\r\nx\r\n";
}

// A sentinel that names `server`.
FakeServer::Answerer Naming(const net::Endpoint& server) {
  return [port = server.port](const FakeServer::Words&) {
    const std::string digits = absl::StrCat(port);
    return absl::StrCat("*2\r\n$9\r\n127.0.0.1\r\n$", digits.size(), "\r\n",
                        digits, "\r\n");
  };
}

Dialer DialerFor(bool require_master) {
  Dialer::Options options;
  options.timeout = absl::Seconds(30);
  options.login.client_name = "postern-test";
  options.login.require_master = require_master;
  return Dialer(options);
}

class SentinelTest : public ::testing::Test {
 protected:
  absl::Status Learn(std::vector<net::Endpoint> sentinels) {
    topology_ = std::make_unique<SentinelMaster>(
        SentinelMaster::Options{.sentinels = std::move(sentinels),
                                .master_name = "mail",
                                .sentinel_dialer = sentinel_dialer_,
                                .server_dialer = server_dialer_,
                                .timeout = absl::Seconds(30)});
    return runtime_->BlockOn(topology_->Learn());
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  const Dialer sentinel_dialer_ = DialerFor(false);
  const Dialer server_dialer_ = DialerFor(true);
  FakeServer master_{*runtime_, SayMaster};
  FakeServer replica_{*runtime_, SayReplica};
  std::unique_ptr<SentinelMaster> topology_;
};

TEST_F(SentinelTest, FindsTheMasterBehindItsName) {
  const FakeServer sentinel(*runtime_, Naming(master_.endpoint()));
  ASSERT_THAT(Learn({sentinel.endpoint()}), IsOk());
  EXPECT_EQ(*topology_->NodeOf(0), master_.endpoint());
  EXPECT_EQ(*topology_->NodeOf(16383), master_.endpoint());
  EXPECT_THAT(topology_->Nodes(), ElementsAre(master_.endpoint()));
  EXPECT_THAT(sentinel.commands(),
              ElementsAre("SENTINEL GET-MASTER-ADDR-BY-NAME mail"));
  EXPECT_THAT(master_.commands(), ElementsAre("ROLE"));
}

TEST_F(SentinelTest, Rd04DoesNotBelieveASentinelThatNamesAReplica) {
  const FakeServer stale(*runtime_, Naming(replica_.endpoint()));
  EXPECT_THAT(Learn({stale.endpoint()}),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("slave")));
  EXPECT_THAT(topology_->NodeOf(0), IsNull());
  EXPECT_THAT(topology_->Nodes(), IsEmpty());
}

TEST_F(SentinelTest, AsksTheNextSentinelAndRemembersWhoKnew) {
  const FakeServer stale(*runtime_, Naming(replica_.endpoint()));
  const FakeServer sentinel(*runtime_, Naming(master_.endpoint()));
  ASSERT_THAT(Learn({stale.endpoint(), sentinel.endpoint()}), IsOk());
  EXPECT_EQ(*topology_->NodeOf(0), master_.endpoint());
  ASSERT_THAT(runtime_->BlockOn(topology_->Learn()), IsOk());
  EXPECT_EQ(stale.connections(), 1);
  EXPECT_EQ(sentinel.connections(), 2);
}

TEST_F(SentinelTest, AMasterThatNobodyKnowsIsUnavailable) {
  const FakeServer sentinel(*runtime_, [](const auto&) { return "*-1\r\n"; });
  EXPECT_THAT(Learn({sentinel.endpoint()}),
              StatusIs(absl::StatusCode::kUnavailable,
                       HasSubstr("no master of that name")));
}

TEST_F(SentinelTest, OnlyTheLossOfThePresentMasterIsNews) {
  const FakeServer sentinel(*runtime_, Naming(master_.endpoint()));
  ASSERT_THAT(Learn({sentinel.endpoint()}), IsOk());
  EXPECT_FALSE(topology_->Lose(replica_.endpoint()));
  EXPECT_EQ(*topology_->NodeOf(0), master_.endpoint());
  EXPECT_TRUE(topology_->Lose(master_.endpoint()));
  EXPECT_THAT(topology_->NodeOf(0), IsNull());
}

TEST(MasterFromReplyTest, ReadsHostAndPort) {
  const auto master = MasterFromReply(
      Reply::OfArray({Reply::OfString("::1"), Reply::OfString("6379")}));
  ASSERT_THAT(master, IsOk());
  EXPECT_EQ(master->host, "::1");
  EXPECT_EQ(master->port, 6379);
}

// RD-03.
TEST(MasterFromReplyTest, RefusesGarbage) {
  const Reply host = Reply::OfString("h");
  for (const Reply& reply :
       {Reply::OfString("x"), Reply::OfArray({host}),
        Reply::OfArray({host, Reply::OfString("0")}),
        Reply::OfArray({host, Reply::OfString("65536")}),
        Reply::OfArray({Reply::OfString(""), Reply::OfString("1")}),
        Reply::OfArray(
            {Reply::OfString(std::string(256, 'h')), Reply::OfString("1")})}) {
    EXPECT_THAT(MasterFromReply(reply), StatusIs(absl::StatusCode::kDataLoss));
  }
  EXPECT_THAT(MasterFromReply(Reply::OfError("NOAUTH x")),
              StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace postern::redis
