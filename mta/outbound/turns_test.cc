#include "mta/outbound/turns.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace postern::mta::outbound {
namespace {

class TurnsTest : public ::testing::Test {
 protected:
  Job& Push(const char* sender) {
    parcels_.push_back(std::make_unique<Parcel>());
    parcels_.back()->sender = sender;
    jobs_.push_back(
        std::make_unique<Job>(*parcels_.back(), routing::NextHop()));
    turns_.Push(*jobs_.back());
    return *jobs_.back();
  }

  // The senders of all who wait, as they are served.
  std::string ServeAll() {
    std::string order;
    while (const Job* job = turns_.Pop()) {
      absl::StrAppend(&order, order.empty() ? "" : " ", job->parcel.sender);
    }
    return order;
  }

  std::vector<std::unique_ptr<Parcel>> parcels_;
  std::vector<std::unique_ptr<Job>> jobs_;
  Turns turns_;
};

TEST_F(TurnsTest, ABulkSenderDoesNotDelayOthers) {
  for (int i = 0; i < 4; ++i) Push("bulk@x");
  Push("jane@y");
  Push("john@y");
  Push("jane@y");
  EXPECT_EQ(ServeAll(), "bulk@x jane@y john@y bulk@x jane@y bulk@x bulk@x");
  EXPECT_TRUE(turns_.empty());
}

TEST_F(TurnsTest, OneSendersJobsAreServedInTheirOrder) {
  const Job& first = Push("jane@y");
  const Job& second = Push("jane@y");
  EXPECT_EQ(turns_.Pop(), &first);
  Push("jane@y");
  EXPECT_EQ(turns_.Pop(), &second);
}

TEST_F(TurnsTest, AJobCanBeTakenOutWhereverItStands) {
  Job& first = Push("bulk@x");
  Job& middle = Push("bulk@x");
  Job& last = Push("bulk@x");
  Job& other = Push("jane@y");
  EXPECT_TRUE(turns_.Remove(middle));
  EXPECT_FALSE(turns_.Remove(middle));
  EXPECT_TRUE(turns_.Remove(last));
  Push("bulk@x");
  EXPECT_TRUE(turns_.Remove(other));
  EXPECT_TRUE(turns_.Remove(first));
  EXPECT_EQ(ServeAll(), "bulk@x");
  EXPECT_FALSE(turns_.Remove(first));
}

}  // namespace
}  // namespace postern::mta::outbound
