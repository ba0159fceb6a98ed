#include "mta/filters/milter_client.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/dns/fake_resolver.h"
#include "lib/milter/test_engine.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::filters {
namespace {

using ::postern::testing::StatusIs;

class MilterClientTest : public ::testing::Test {
 protected:
  ~MilterClientTest() override {
    for (MilterClient::Lease& lease : leases_) Return(std::move(lease));
  }

  // A client of so many filters that serve.
  void Make(size_t engines) {
    MilterService service;
    service.name = "m";
    service.reuses_connections = reuses_connections_;
    for (size_t i = 0; i < engines; ++i) {
      engines_.push_back(std::make_unique<milter::TestEngine>(
          config::v1::MilterServer::ENGINE_POSTERN));
      service.endpoints.push_back(engines_.back()->endpoint);
    }
    Make(std::move(service));
  }
  void Make(MilterService service) {
    client_.emplace(PolicyClientParts{*runtime_, resolver_, clock_, registry_},
                    drain_, std::move(service));
  }
  absl::StatusOr<MilterClient::Lease> Take() {
    return runtime_->BlockOn(
        client_->Take(net::Deadline::After(absl::Seconds(20))));
  }
  // Takes one for as long as the test lasts; returns where it is.
  net::Endpoint TakeFor() {
    leases_.push_back(Take().value());
    return leases_.back().where;
  }
  void Return(MilterClient::Lease lease) {
    runtime_->BlockOn(ReturnOnReactor(std::move(lease)));
  }
  net::Task<> ReturnOnReactor(MilterClient::Lease lease) {
    client_->Return(std::move(lease));
    co_return;
  }

  bool reuses_connections_ = false;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  net::Drain drain_;
  FakeClock clock_;
  dns::FakeResolver resolver_;
  metrics::Registry registry_;
  std::vector<std::unique_ptr<milter::TestEngine>> engines_;
  std::optional<MilterClient> client_;
  std::vector<MilterClient::Lease> leases_;
};

TEST_F(MilterClientTest, AConnectionThatIsGivenBackIsTakenAgain) {
  reuses_connections_ = true;
  Make(1);
  MilterClient::Lease lease = Take().value();
  const milter::Conversation* const first = lease.conversation.get();
  Return(std::move(lease));
  lease = Take().value();
  EXPECT_EQ(lease.conversation.get(), first);
  Return(std::move(lease));
}

TEST_F(MilterClientTest, AFilterThatCannotDoThatGetsAConnectionForEach) {
  Make(1);
  Return(Take().value());
  Return(Take().value());
  EXPECT_EQ(engines_[0]->meters.connections.Value(), 2);
}

TEST_F(MilterClientTest, SessionsAreSpreadByLoad) {
  Make(3);
  std::map<net::Endpoint, int> load;
  for (int i = 0; i < 9; ++i) ++load[TakeFor()];
  ASSERT_EQ(load.size(), 3u);
  for (const auto& [where, sessions] : load) {
    EXPECT_EQ(sessions, 3) << where.ToString();
  }
}

TEST_F(MilterClientTest, AnAddressThatIsAwayIsPassedBy) {
  MilterService service;
  service.name = "m";
  engines_.push_back(std::make_unique<milter::TestEngine>(
      config::v1::MilterServer::ENGINE_POSTERN));
  service.endpoints = {net::Endpoint::Parse("unix:/nonexistent/s").value(),
                       engines_[0]->endpoint};
  Make(std::move(service));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(TakeFor(), engines_[0]->endpoint);
}

TEST_F(MilterClientTest, NobodyThereIsAnError) {
  MilterService service;
  service.name = "m";
  service.endpoints = {net::Endpoint::Parse("unix:/nonexistent/s").value()};
  Make(std::move(service));
  EXPECT_THAT(Take().status(), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace postern::mta::filters
