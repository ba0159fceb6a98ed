#include "ctl/queue_adoption.h"

#include <grpcpp/grpcpp.h>

#include <string>

#include "absl/status/status.h"
#include "ctl/test_verb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
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

class QueueAdoptionTest : public VerbTest<FakeRelay> {
 protected:
  QueueAdoptionTest() : VerbTest({AdoptVerb()}) {}
};

TEST_F(QueueAdoptionTest, AsksUntilNothingIsLeftAndPrintsTheCounts) {
  ASSERT_THAT(Run("queue adopt", {"/mnt/old"}), IsOk());
  EXPECT_EQ(relay_.directory, "/mnt/old");
  EXPECT_EQ(out_.str(),
            "Adopted: 5\nDamaged, left there: 0000000000001 torn\n");
}

TEST_F(QueueAdoptionTest, SaysTheWholePath) {
  ASSERT_THAT(Run("queue adopt", {"old"}, true), IsOk());
  EXPECT_EQ(relay_.directory.front(), '/');
}

TEST_F(QueueAdoptionTest, SaysThatTheVolumeIsInUse) {
  relay_.is_in_use = true;
  EXPECT_THAT(Run("queue adopt", {"/mnt/old"}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace postern::ctl
