#include "mta/admin/queue_walk.h"

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/test_scheduler.h"

namespace postern::mta::admin {
namespace {

using ::postern::testing::IsOk;
using queue::QueueId;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A queue of three messages from a, b and c.
class QueueWalkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    scheduler_.courier.AnswerWith(queue::Outcome{
        queue::Outcome::Kind::kDeferred, "4.4.1", "refused", "mx"});
    ASSERT_THAT(scheduler_.Start(), IsOk());
    for (const char* sender : {"a@x.test", "b@x.test", "c@x.test"}) {
      spool::v1::Envelope envelope;
      envelope.set_sender(sender);
      envelope.add_recipients()->set_address("bob@example.com");
      ids_.push_back(scheduler_.spool.Add("text", envelope).value());
    }
    ASSERT_TRUE(scheduler_.EventuallyAsked(3));
    ASSERT_TRUE(scheduler_.EventuallyQuiet());
  }

  std::vector<QueueId> Walk(const QueueWalk::Range& range,
                            const std::string& sender = "") {
    ::postern::admin::v1::QueueFilter asked;
    asked.set_sender(sender);
    const QueueFilter filter = QueueFilter::Create(asked).value();
    QueueWalk walk(*scheduler_.spool, *scheduler_, filter, range,
                   /*reads=*/false);
    std::vector<QueueId> found;
    while (const auto step = walk.Next()) found.push_back(step->id);
    EXPECT_EQ(walk.next(), "");
    return found;
  }

  queue::TestScheduler scheduler_;
  std::vector<QueueId> ids_;
};

TEST_F(QueueWalkTest, FindsTheOldestFirst) {
  EXPECT_THAT(Walk({}), ElementsAre(ids_[0], ids_[1], ids_[2]));
  EXPECT_THAT(Walk({}, "B@"), ElementsAre(ids_[1]));
}

TEST_F(QueueWalkTest, StaysInItsRange) {
  EXPECT_THAT(Walk({ids_[0], std::nullopt}), ElementsAre(ids_[1], ids_[2]));
  EXPECT_THAT(Walk({std::nullopt, ids_[1]}), ElementsAre(ids_[0], ids_[1]));
  EXPECT_THAT(Walk({ids_[0], ids_[0]}), IsEmpty());
}

TEST_F(QueueWalkTest, SaysWhereToGoOn) {
  const QueueFilter filter = QueueFilter::Create({}).value();
  QueueWalk walk(*scheduler_.spool, *scheduler_, filter, {}, /*reads=*/true);
  const auto step = walk.Next();
  ASSERT_TRUE(step.has_value());
  EXPECT_EQ(step->envelope->sender(), "a@x.test");
  EXPECT_EQ(walk.next(), ids_[0].ToString());
}

}  // namespace
}  // namespace postern::mta::admin
