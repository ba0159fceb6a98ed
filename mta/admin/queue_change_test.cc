#include "mta/admin/queue_change.h"

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/admin/test_change_request.h"
#include "mta/queue/test_scheduler.h"

namespace postern::mta::admin {
namespace {

namespace api = ::postern::admin::v1;

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using queue::QueueId;
using queue::QueueIndex;
using queue::Scheduler;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A queue of a held message from ann and one from eve that is deferred; the
// change only remembers what it was given.
class QueueChangeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    scheduler_.courier.AnswerWith(queue::Outcome{
        queue::Outcome::Kind::kDeferred, "4.4.1", "refused", "mx"});
    ASSERT_THAT(scheduler_.Start(), IsOk());
    ann_ = Add("ann@example.net");
    eve_ = Add("eve@example.net");
    ASSERT_TRUE(scheduler_.EventuallyAsked(2));
    ASSERT_TRUE(scheduler_.EventuallyQuiet());
    ASSERT_THAT(scheduler_->Hold({ann_}), IsOk());
  }

  QueueId Add(const std::string& sender) {
    spool::v1::Envelope envelope;
    envelope.set_sender(sender);
    envelope.add_recipients()->set_address("bob@example.com");
    return scheduler_.spool.Add("text", envelope).value();
  }

  absl::Status Ask(const api::ChangeRequest& request) {
    response_.Clear();
    return ChangeMessages(
        {*scheduler_.spool, *scheduler_, change_, [this] { return left_; }},
        request, response_);
  }

  queue::TestScheduler scheduler_;
  QueueId ann_;
  QueueId eve_;
  std::vector<QueueId> given_;
  bool left_ = false;
  Change change_ = {.act =
                        [this](const std::vector<QueueId>& ids) {
                          given_.insert(given_.end(), ids.begin(), ids.end());
                          return Scheduler::Changed{.messages = ids.size(),
                                                    .busy = 0};
                        },
                    .applies =
                        [](QueueIndex::State state) {
                          return state == QueueIndex::State::kHeld;
                        }};
  api::ChangeResponse response_;
};

TEST_F(QueueChangeTest, IsDoneToWhatIsNamedFoundOrAll) {
  EXPECT_THAT(Ask(Named({eve_.ToString()})), IsOk());
  EXPECT_THAT(given_, ElementsAre(eve_));
  EXPECT_EQ(response_.messages(), 1u);
  given_.clear();
  EXPECT_THAT(Ask(From("ANN@")), IsOk());
  EXPECT_THAT(given_, ElementsAre(ann_));
  given_.clear();
  EXPECT_THAT(Ask(All()), IsOk());
  EXPECT_THAT(given_, ElementsAre(ann_, eve_));
  EXPECT_EQ(response_.next(), "");
}

TEST_F(QueueChangeTest, WantsOneSelectionAndNoMore) {
  api::ChangeRequest named_and_all = Named({ann_.ToString()});
  named_and_all.mutable_selection()->set_all(true);
  api::ChangeRequest found_and_all = From("ann");
  found_and_all.mutable_selection()->set_all(true);
  for (const api::ChangeRequest& request :
       {api::ChangeRequest(), named_and_all, found_and_all}) {
    EXPECT_THAT(Ask(request), StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(given_, IsEmpty());
}

TEST_F(QueueChangeTest, ANameThatIsNotThereChangesNothing) {
  EXPECT_THAT(Ask(Named({ann_.ToString(), "0000000000001"})),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Ask(Named({ann_.ToString(), "a\nb"})),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Ask(Named(std::vector<std::string>(10'001, "0000000000001"))),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(given_, IsEmpty());
}

TEST_F(QueueChangeTest, ADryRunCountsWhatTheChangeAppliesTo) {
  api::ChangeRequest request = All();
  request.set_dry_run(true);
  EXPECT_THAT(Ask(request), IsOk());
  EXPECT_EQ(response_.messages(), 1u);  // The one that is held.
  EXPECT_THAT(given_, IsEmpty());
}

TEST_F(QueueChangeTest, ADryRunCountsWhatIsLeftAloneBecauseItIsActive) {
  scheduler_.courier.Hold();
  ASSERT_THAT(scheduler_->Flush(eve_), IsOk());
  ASSERT_TRUE(scheduler_.EventuallyAsked(3));
  change_.leaves_active = true;
  api::ChangeRequest request = All();
  request.set_dry_run(true);
  EXPECT_THAT(Ask(request), IsOk());
  EXPECT_EQ(response_.busy(), 1u);
}

TEST_F(QueueChangeTest, GoesOnToNothingThatCameLater) {
  EXPECT_THAT(Ask(From("eve")), IsOk());
  api::ChangeRequest request = From("eve");
  request.set_until(response_.until());
  given_.clear();
  const QueueId late = Add("eve@example.net");
  EXPECT_THAT(Ask(request), IsOk());
  EXPECT_THAT(given_, ElementsAre(eve_));
  // And not to what it has been at.
  request.set_after(eve_.ToString());
  given_.clear();
  EXPECT_THAT(Ask(request), IsOk());
  EXPECT_THAT(given_, IsEmpty());
  EXPECT_LT(eve_, late);
}

TEST_F(QueueChangeTest, TakesWhatWasSetAsideOnlyWhereThatIsMeant) {
  ASSERT_THAT(scheduler_.spool->SetAside(eve_, "torn"), IsOk());
  ASSERT_THAT(scheduler_->Flush(eve_), IsOk());  // The attempt finds it gone.
  ASSERT_TRUE(scheduler_.Eventually([&] { return !scheduler_->Find(eve_); }));
  EXPECT_THAT(Ask(Named({eve_.ToString()})),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(given_, IsEmpty());
  change_.takes_damaged = true;
  EXPECT_THAT(Ask(Named({eve_.ToString()})), IsOk());
  EXPECT_THAT(given_, ElementsAre(eve_));
}

TEST_F(QueueChangeTest, EndsWhenTheClientLeaves) {
  left_ = true;
  EXPECT_THAT(Ask(All()), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(given_, IsEmpty());
}

}  // namespace
}  // namespace postern::mta::admin
