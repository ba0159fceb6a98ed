#include "mta/admin/relay_service.h"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "mta/outbound/pool_fixture.h"
#include "mta/queue/test_scheduler.h"
#include "proto/admin/v1/relay.grpc.pb.h"

namespace postern::mta::admin {
namespace {

namespace api = ::postern::admin::v1;

using ::postern::testing::IsOk;
using ::testing::HasSubstr;

// A pool, and beside it a queue with a message that is held.
class RelayServiceTest : public outbound::PoolFixture {
 protected:
  void SetUp() override {
    ASSERT_THAT(scheduler_.Start(), IsOk());
    spool::v1::Envelope envelope = queue::TestSpool::UsualEnvelope();
    envelope.set_hold(true);
    ASSERT_THAT(scheduler_.spool.Add("text", envelope), IsOk());
    service_ = MakeRelayService({.spool = *scheduler_.spool,
                                 .scheduler = *scheduler_,
                                 .pool = ThePool(),
                                 .drain = drain_,
                                 .clock = scheduler_.spool.clock,
                                 .reload = [this] { return reloaded_; },
                                 .stop = [this] { is_stopped_ = true; }});
    const std::string target = "unix:" + dir_.path() + "/mta.sock";
    server_ = grpc::ServerBuilder()
                  .AddListeningPort(target, grpc::InsecureServerCredentials())
                  .RegisterService(service_.get())
                  .BuildAndStart();
    stub_ = api::Relay::NewStub(
        grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  }
  void TearDown() override { server_->Shutdown(); }

  api::RelayStatus Status() {
    grpc::ClientContext context;
    api::RelayStatus status;
    EXPECT_TRUE(stub_->Status(&context, {}, &status).ok());
    return status;
  }
  grpc::Status Suspend(const std::string& pattern) {
    grpc::ClientContext context;
    api::SuspendRequest request;
    request.set_pattern(pattern);
    request.set_reason("they asked");
    api::SuspendResponse response;
    return stub_->Suspend(&context, request, &response);
  }
  grpc::Status Resume(const std::string& pattern, bool all = false) {
    grpc::ClientContext context;
    api::ResumeRequest request;
    request.set_pattern(pattern);
    request.set_all(all);
    api::ResumeResponse response;
    return stub_->Resume(&context, request, &response);
  }
  grpc::Status Limits(const api::LimitsRequest& request) {
    grpc::ClientContext context;
    return stub_->Limits(&context, request, &limits_);
  }

  const testing::TempDir dir_;
  queue::TestScheduler scheduler_;
  absl::Status reloaded_;
  bool is_stopped_ = false;
  api::LimitsResponse limits_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<api::Relay::Stub> stub_;
};

TEST_F(RelayServiceTest, ShowsQueueAndDestinations) {
  EXPECT_EQ(Status().held(), 1u);
  EXPECT_EQ(Status().destinations_size(), 0);
  // Nobody listens there.
  Deliver(Loopback(1), 3);
  const api::RelayStatus status = Status();
  ASSERT_EQ(status.destinations_size(), 1);
  EXPECT_EQ(status.destinations_down(), 1u);
  EXPECT_TRUE(status.destinations(0).has_down_until());
  EXPECT_THAT(status.destinations(0).latest_trouble(), HasSubstr("refused"));
  EXPECT_EQ(status.destinations(0).limits(), "default");
  EXPECT_FALSE(status.is_draining());
}

TEST_F(RelayServiceTest, SuspendedMailIsDeferredWithTheReason) {
  outbound::ScriptedServer server({outbound::kSink});
  const routing::NextHop hop = Loopback(server.port());
  ASSERT_TRUE(Suspend("127.0.0.1").ok());
  EXPECT_EQ(Deliver(hop, 1)[0],
            "deferred 4.3.2 delivery is suspended by the operator: they asked");
  ASSERT_EQ(Status().suspended_size(), 1);
  EXPECT_EQ(Status().suspended(0).reason(), "they asked");
  EXPECT_TRUE(Resume("127.0.0.1").ok());
  EXPECT_THAT(Deliver(hop, 1)[0], HasSubstr("sent"));
  EXPECT_EQ(Resume("127.0.0.1").error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_TRUE(Resume("", true).ok());
  EXPECT_EQ(Suspend("").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RelayServiceTest, LimitsAreShownAndChanged) {
  ASSERT_TRUE(Limits({}).ok());
  ASSERT_EQ(limits_.limits_size(), 1);
  EXPECT_EQ(limits_.limits(0).concurrency(), 4u);
  api::LimitsRequest request;
  request.set_pattern("example.org");
  request.set_concurrency(1);
  ASSERT_TRUE(Limits(request).ok());
  ASSERT_EQ(limits_.limits_size(), 2);
  EXPECT_EQ(limits_.limits(0).concurrency(), 1u);
  request.set_concurrency(0);
  EXPECT_EQ(Limits(request).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_concurrency();
  request.mutable_rate_delay()->set_seconds(-1);
  EXPECT_EQ(Limits(request).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RelayServiceTest, ReloadsAndDrains) {
  reloaded_ = absl::InvalidArgumentError("mta.yaml:3: no");
  grpc::ClientContext first;
  api::ReloadResponse reload_response;
  EXPECT_EQ(stub_->Reload(&first, {}, &reload_response).error_message(),
            "mta.yaml:3: no");
  grpc::ClientContext second;
  api::DrainResponse drain_response;
  EXPECT_TRUE(stub_->Drain(&second, {}, &drain_response).ok());
  EXPECT_TRUE(is_stopped_);
}

}  // namespace
}  // namespace postern::mta::admin
