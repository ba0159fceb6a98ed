#include "ctl/queue_adoption.h"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "proto/admin/v1/queue.grpc.pb.h"

namespace postern::ctl {
namespace {

namespace api = ::postern::admin::v1;

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;

// A relay that takes two of the messages a call.
class FakeRelay final : public api::Queue::Service {
 public:
  grpc::Status Adopt(grpc::ServerContext*, const api::AdoptRequest* request,
                     api::AdoptResponse* response) override {
    directory = request->directory();
    if (is_in_use) {
      return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "in use");
    }
    const int taken = messages < 2 ? messages : 2;
    messages -= taken;
    response->set_messages(taken);
    response->set_left(messages);
    api::QueuedMessage& damaged = *response->add_damaged();
    damaged.set_queue_id("0000000000001");
    damaged.set_damage("torn");
    return grpc::Status::OK;
  }

  std::string directory;
  int messages = 5;
  bool is_in_use = false;
};

class QueueAdoptionTest : public ::testing::Test {
 protected:
  QueueAdoptionTest()
      : target_("unix:" + dir_.path() + "/mta.sock"),
        server_(
            grpc::ServerBuilder()
                .AddListeningPort(target_, grpc::InsecureServerCredentials())
                .RegisterService(&relay_)
                .BuildAndStart()) {}

  testing::TempDir dir_;
  FakeRelay relay_;
  const std::string target_;
  std::unique_ptr<grpc::Server> server_;
  std::ostringstream out_;
};

TEST_F(QueueAdoptionTest, AsksUntilNothingIsLeftAndPrintsTheCounts) {
  ASSERT_THAT(AdoptVerb().run({{"/mnt/old"}, target_, false}, out_), IsOk());
  EXPECT_EQ(relay_.directory, "/mnt/old");
  EXPECT_EQ(out_.str(),
            "Adopted: 5\nDamaged, left there: 0000000000001 torn\n");
}

TEST_F(QueueAdoptionTest, SaysTheWholePath) {
  ASSERT_THAT(AdoptVerb().run({{"old"}, target_, true}, out_), IsOk());
  EXPECT_EQ(relay_.directory.front(), '/');
}

TEST_F(QueueAdoptionTest, SaysThatTheVolumeIsInUse) {
  relay_.is_in_use = true;
  EXPECT_THAT(AdoptVerb().run({{"/mnt/old"}, target_, false}, out_),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace postern::ctl
