#include "mta/filters/milter_client.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/dns/fake_resolver.h"
#include "lib/milter/scripted_filter.h"
#include "lib/milter/server.h"
#include "lib/milter/test_engine.h"
#include "lib/net/listener.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::filters {
namespace {

using ::postern::testing::StatusIs;

class MilterClientTest : public ::testing::Test {
 protected:
  ~MilterClientTest() override { ReturnAll(); }

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
  void ReturnAll() {
    for (MilterClient::Lease& lease : leases_) Return(std::move(lease));
    leases_.clear();
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

// Filters at one port of several addresses of this machine, as the pods behind
// one name are.
class NamedMilterClientTest : public MilterClientTest {
 protected:
  // Counts the connections that are open.
  class Port final : public net::ConnectionHandler {
   public:
    Port(milter::FilterContext& context, net::Drain& drain)
        : server_({}, context, drain) {}
    net::Task<> Serve(net::Stream stream) override {
      ++open;
      co_await server_.Serve(std::move(stream));
      --open;
    }
    std::atomic<int> open = 0;

   private:
    milter::Server server_;
  };

  NamedMilterClientTest() {
    Listen("127.0.0.1:0");
    const uint16_t port = listeners_[0]->endpoint().port;
    Listen(absl::StrCat("127.0.0.2:", port));
    resolver_.Add("filters.test A 127.0.0.1");
    MilterService service;
    service.name = "m";
    service.reuses_connections = true;
    service.endpoints = {
        net::Endpoint::Parse(absl::StrCat("filters.test:", port)).value()};
    Make(std::move(service));
  }
  ~NamedMilterClientTest() override {
    for (const auto& listener : listeners_) listener->Close();
    ReturnAll();
    client_.reset();
    drain_.Begin();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(20)));
  }

  void Listen(const std::string& where) {
    listeners_.push_back(
        net::Listener::Open(*runtime_,
                            {.endpoint = net::Endpoint::Parse(where).value()})
            .value());
    ports_.push_back(std::make_unique<Port>(context_, drain_));
    listeners_.back()->Serve(drain_, *ports_.back());
  }
  // Waits until so many connections are open at that address.
  bool HasOpen(size_t port, int connections) {
    return runtime_->BlockOn(Await(*ports_[port], connections));
  }
  static net::Task<bool> Await(const Port& port, int connections) {
    const net::Deadline end = net::Deadline::After(absl::Seconds(20));
    while (port.open != connections && !end.has_passed()) co_await net::Yield();
    co_return port.open == connections;
  }

  milter::ScriptedFilter filter_;
  milter::Meters meters_{"testd", registry_};
  milter::FilterContext context_{filter_, meters_};
  std::vector<std::unique_ptr<Port>> ports_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
};

TEST_F(NamedMilterClientTest, WhatIsKeptToAnAddressThatIsGoneIsClosed) {
  MilterClient::Lease first = Take().value();
  EXPECT_EQ(first.where.host, "127.0.0.1");
  Return(std::move(first));
  EXPECT_TRUE(HasOpen(0, 1));

  resolver_.Reset("filters.test A 127.0.0.2");
  clock_.Advance(absl::Minutes(1));
  MilterClient::Lease second = Take().value();
  EXPECT_EQ(second.where.host, "127.0.0.2");
  EXPECT_TRUE(HasOpen(0, 0));
  EXPECT_TRUE(HasOpen(1, 1));
  Return(std::move(second));
}

TEST_F(NamedMilterClientTest, AConnectionInUseToAnAddressThatIsGoneGoesOn) {
  MilterClient::Lease first = Take().value();
  resolver_.Reset("filters.test A 127.0.0.2");
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(TakeFor().host, "127.0.0.2");
  EXPECT_FALSE(first.conversation->is_broken());
  // Kept until the next one is taken, who closes it.
  Return(std::move(first));
  EXPECT_EQ(TakeFor().host, "127.0.0.2");
  EXPECT_TRUE(HasOpen(0, 0));
}

TEST_F(NamedMilterClientTest, WhileTheDnsIsAwayTheKnownAddressesStay) {
  MilterClient::Lease first = Take().value();
  const milter::Conversation* const kept = first.conversation.get();
  Return(std::move(first));
  resolver_.Reset("filters.test SERVFAIL");
  clock_.Advance(absl::Minutes(1));
  MilterClient::Lease again = Take().value();
  EXPECT_EQ(again.conversation.get(), kept);
  Return(std::move(again));
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
