#include "greylistd/check_service.h"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "greylistd/fake_sightings.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/config/config.h"
#include "lib/testing/status_matchers.h"
#include "proto/check/v1/greylist.grpc.pb.h"

namespace postern::greylistd {
namespace {

namespace api = ::postern::check::v1;
using ::postern::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr int64_t kNow = 1'700'000'000;

// A client and the service, in one process, over gRPC.
class CheckServiceTest : public ::testing::Test {
 protected:
  CheckServiceTest() {
    config::v1::Greylistd config;
    EXPECT_THAT(config::Load("{}", "greylistd.yaml", config), IsOk());
    rules_ = std::make_shared<const Rules>(Rules::FromConfig(config).value());
    service_ = MakeCheckService(operations_, *runtime_);
    grpc::ServerBuilder builder;
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = api::Greylist::NewStub(server_->InProcessChannel({}));
  }
  ~CheckServiceTest() override { server_->Shutdown(); }

  std::vector<std::string> List(const api::ListRequest& request) {
    grpc::ClientContext context;
    const auto reader = stub_->List(&context, request);
    std::vector<std::string> names;
    api::Entry entry;
    while (reader->Read(&entry)) {
      names.push_back(entry.what_case() == api::Entry::kClient
                          ? entry.client()
                          : entry.triplet());
    }
    EXPECT_TRUE(reader->Finish().ok());
    return names;
  }

  FakeClock clock_{absl::FromUnixSeconds(kNow)};
  FakeSightings sightings_{clock_};
  std::shared_ptr<const Rules> rules_;
  Operations operations_{sightings_, clock_, [this] { return rules_; }};
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<api::Greylist::Stub> stub_;
};

TEST_F(CheckServiceTest, PeekTellsAnswerReasonAndWhatIsKnown) {
  sightings_.triplets["192.0.2.0/a@b/c@d"] = {kNow - 100, kNow - 100, false};
  sightings_.clients["192.0.2.1"] = {2, kNow - 5000};
  sightings_.pending["192.0.2.0/24"] = {7, kNow + 1};
  api::PeekRequest request;
  request.set_client_address("192.0.2.1");
  request.set_sender("a@b");
  request.set_recipient("c@d");
  api::PeekReply reply;
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->Peek(&context, request, &reply).ok());
  EXPECT_THAT(reply.action(), StartsWith("DEFER_IF_PERMIT 4.2.0 Greylisted"));
  EXPECT_EQ(reply.reason(), "early_retry");
  EXPECT_EQ(reply.seconds(), 200);
  EXPECT_EQ(reply.triplet().triplet(), "192.0.2.0/a@b/c@d");
  EXPECT_EQ(reply.triplet().first().seconds(), kNow - 100);
  EXPECT_EQ(reply.client().count(), 2u);
  EXPECT_EQ(reply.pending(), 7u);
}

TEST_F(CheckServiceTest, ErrorsBecomeGrpcs) {
  api::PeekRequest request;
  request.set_client_address("nowhere");
  api::PeekReply reply;
  grpc::ClientContext context;
  EXPECT_EQ(stub_->Peek(&context, request, &reply).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  sightings_.failure = absl::UnavailableError("away");
  request.set_client_address("192.0.2.1");
  grpc::ClientContext another;
  const grpc::Status status = stub_->Peek(&another, request, &reply);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "away");
}

TEST_F(CheckServiceTest, ListShowsWhatIsWanted) {
  sightings_.triplets["192.0.2.0/a@b/c@d"] = {kNow, kNow, false};
  sightings_.triplets["192.0.2.0/x@b/c@d"] = {kNow, kNow, false};
  sightings_.clients["192.0.2.1"] = {2, kNow};
  api::ListRequest request;
  EXPECT_THAT(List(request), ElementsAre("192.0.2.1", "192.0.2.0/a@b/c@d",
                                         "192.0.2.0/x@b/c@d"));
  request.set_contains("x@");
  EXPECT_THAT(List(request), ElementsAre("192.0.2.0/x@b/c@d"));
  request.set_contains("");
  request.set_kind(api::ListRequest::KIND_CLIENTS);
  EXPECT_THAT(List(request), ElementsAre("192.0.2.1"));
  request.set_kind(api::ListRequest::KIND_TRIPLETS);
  request.set_limit(1);
  EXPECT_THAT(List(request), ElementsAre("192.0.2.0/a@b/c@d"));
}

TEST_F(CheckServiceTest, AllowsAndForgets) {
  api::AllowRequest allow;
  allow.set_client("192.0.2.1");
  allow.mutable_lifetime()->set_seconds(60);
  api::AllowReply allowed;
  grpc::ClientContext first;
  ASSERT_TRUE(stub_->Allow(&first, allow, &allowed).ok());
  EXPECT_EQ(allowed.client().count(), 5u);
  EXPECT_EQ(allowed.client().expires().seconds(), kNow + 60);
  EXPECT_EQ(sightings_.clients.size(), 1u);
  api::ForgetRequest forget;
  forget.set_client("192.0.2.1");
  api::ForgetReply forgotten;
  grpc::ClientContext second;
  ASSERT_TRUE(stub_->Forget(&second, forget, &forgotten).ok());
  EXPECT_TRUE(sightings_.clients.empty());
  sightings_.triplets["192.0.2.0/a@b/c@d"] = {kNow, kNow, false};
  forget.set_triplet("192.0.2.0/a@b/c@d");
  grpc::ClientContext third;
  ASSERT_TRUE(stub_->Forget(&third, forget, &forgotten).ok());
  EXPECT_TRUE(sightings_.triplets.empty());
}

TEST_F(CheckServiceTest, ImportsAStreamOfAnyLength) {
  api::ImportReply reply;
  grpc::ClientContext context;
  const auto writer = stub_->Import(&context, &reply);
  api::Entry entry;
  entry.mutable_first()->set_seconds(kNow - 1000);
  entry.mutable_last()->set_seconds(kNow - 500);
  for (int i = 0; i < 1000; ++i) {
    entry.set_triplet("192.0.2.0/a" + std::to_string(i) + "@b/c@d");
    ASSERT_TRUE(writer->Write(entry));
  }
  entry.set_triplet("garbage");
  writer->Write(entry);
  entry.set_client("192.0.2.1");
  entry.set_count(3);
  writer->Write(entry);
  writer->WritesDone();
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_EQ(reply.imported(), 1001u);
  EXPECT_EQ(reply.invalid(), 1u);
  EXPECT_EQ(reply.expired(), 0u);
  EXPECT_EQ(sightings_.triplets.size(), 1000u);
  EXPECT_EQ(sightings_.clients["192.0.2.1"].count, 3u);
}

}  // namespace
}  // namespace postern::greylistd
