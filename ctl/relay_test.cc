#include "ctl/relay.h"

#include <grpcpp/grpcpp.h>

#include <string>

#include "absl/status/status.h"
#include "ctl/test_verb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "proto/admin/v1/queue.grpc.pb.h"
#include "proto/admin/v1/relay.grpc.pb.h"

namespace postern::ctl {
namespace {

namespace api = ::postern::admin::v1;

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

// A relay with one destination that is down, and one that is suspended.
class FakeRelay final : public api::Relay::Service {
 public:
  grpc::Status Status(grpc::ServerContext*,
                      const api::RelayStatusRequest* request,
                      api::RelayStatus* response) override {
    limit = request->limit();
    response->set_deferred(7);
    response->set_destinations_down(1);
    response->set_trouble(trouble);
    api::DestinationStatus& down = *response->add_destinations();
    down.set_name("[192.0.2.1]:25");
    down.set_waiting(3);
    down.set_window(1);
    down.set_concurrency_limit(20);
    down.mutable_down_until()->set_seconds(1'700'000'000);
    down.set_latest_trouble("connection refused");
    api::SuspendedDestination& suspended = *response->add_suspended();
    suspended.set_pattern("*");
    suspended.set_reason("they asked");
    return grpc::Status::OK;
  }
  grpc::Status Suspend(grpc::ServerContext*, const api::SuspendRequest* request,
                       api::SuspendResponse*) override {
    suspended = *request;
    return grpc::Status::OK;
  }
  grpc::Status Limits(grpc::ServerContext*, const api::LimitsRequest* request,
                      api::LimitsResponse* response) override {
    limits = *request;
    api::DestinationLimit& limit = *response->add_limits();
    limit.add_patterns("example.org");
    limit.set_concurrency(2);
    return grpc::Status::OK;
  }
  grpc::Status Reload(grpc::ServerContext*, const api::ReloadRequest*,
                      api::ReloadResponse*) override {
    return reloaded;
  }
  grpc::Status Drain(grpc::ServerContext*, const api::DrainRequest*,
                     api::DrainResponse*) override {
    drains = true;
    return grpc::Status::OK;
  }

  uint32_t limit = 0;
  std::string trouble;
  api::SuspendRequest suspended;
  api::LimitsRequest limits;
  grpc::Status reloaded;
  bool drains = false;
};

class RelayTest : public VerbTest<FakeRelay> {
 protected:
  RelayTest() : VerbTest(RelayVerbs()) {}
};

TEST_F(RelayTest, ShowsWhatGoesOn) {
  ASSERT_THAT(Run("relay status", {"--limit", "5"}), IsOk());
  EXPECT_EQ(relay_.limit, 5u);
  EXPECT_THAT(out_.str(), HasSubstr("7 deferred"));
  EXPECT_THAT(out_.str(), HasSubstr("[192.0.2.1]:25"));
  EXPECT_THAT(out_.str(), HasSubstr("1/20"));
  EXPECT_THAT(out_.str(), HasSubstr("connection refused"));
  EXPECT_THAT(out_.str(), HasSubstr("they asked"));
  relay_.trouble = "restart needed";
  ASSERT_THAT(Run("relay status", {}), IsOk());
  EXPECT_THAT(out_.str(), HasSubstr("No mail is accepted: restart needed"));
  ASSERT_THAT(Run("relay status", {}, true), IsOk());
  EXPECT_THAT(out_.str(), HasSubstr("\"destinations_down\": \"1\""));
}

TEST_F(RelayTest, SuspendsForATimeOrForGood) {
  ASSERT_THAT(Run("relay suspend",
                  {"example.org", "--for", "2h", "--reason", "they asked"}),
              IsOk());
  EXPECT_EQ(relay_.suspended.pattern(), "example.org");
  EXPECT_EQ(relay_.suspended.time().seconds(), 7200);
  EXPECT_EQ(relay_.suspended.reason(), "they asked");
  ASSERT_THAT(Run("relay suspend", {"all"}), IsOk());
  EXPECT_EQ(relay_.suspended.pattern(), "*");
  EXPECT_FALSE(relay_.suspended.has_time());
  EXPECT_THAT(Run("relay suspend", {"a", "--for", "soon"}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(RelayTest, ShowsAndChangesLimits) {
  ASSERT_THAT(Run("relay limits", {}), IsOk());
  EXPECT_EQ(relay_.limits.pattern(), "");
  EXPECT_THAT(out_.str(), HasSubstr("(changed)"));
  ASSERT_THAT(Run("relay limits",
                  {"example.org", "--concurrency", "2", "--rate-delay", "5s"}),
              IsOk());
  EXPECT_EQ(relay_.limits.concurrency(), 2u);
  EXPECT_EQ(relay_.limits.rate_delay().seconds(), 5);
  ASSERT_THAT(Run("relay limits", {"example.org", "--as-configured"}), IsOk());
  EXPECT_FALSE(relay_.limits.has_concurrency());
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"example.org"},
        {"--concurrency", "2"},
        {"example.org", "--concurrency", "0"},
        {"example.org", "--concurrency", "2", "--as-configured"}}) {
    EXPECT_THAT(Run("relay limits", wrong),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST_F(RelayTest, SaysWhatCameOfAReload) {
  ASSERT_THAT(Run("relay reload", {}), IsOk());
  relay_.reloaded =
      grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "mta.yaml:3: no");
  EXPECT_THAT(
      Run("relay reload", {}),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("mta.yaml:3")));
}

TEST_F(RelayTest, HasTheRelayDrain) {
  ASSERT_THAT(Run("relay drain", {}), IsOk());
  EXPECT_TRUE(relay_.drains);
}

TEST_F(RelayTest, SaysThatTheRelayIsNotThere) {
  server_->Shutdown();
  EXPECT_THAT(Run("relay status", {}),
              StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace postern::ctl
