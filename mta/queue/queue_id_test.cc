#include "mta/queue/queue_id.h"

#include <cstdint>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;

constexpr uint64_t kLargest = std::numeric_limits<uint64_t>::max();

TEST(QueueIdTest, IsThirteenLettersAndDigits) {
  EXPECT_EQ(QueueId{0}.ToString(), "0000000000000");
  EXPECT_EQ(QueueId{30}.ToString(), "000000000000z");
  EXPECT_EQ(QueueId{31}.ToString(), "0000000000010");
}

TEST(QueueIdTest, ReadsBackWhatItWrites) {
  for (const uint64_t number : {uint64_t{0}, uint64_t{1}, uint64_t{12345678901},
                                kLargest - 1, kLargest}) {
    EXPECT_THAT(QueueId::Parse(QueueId{number}.ToString()),
                IsOkAndHolds(QueueId{number}));
  }
}

TEST(QueueIdTest, SortsAsTextLikeItsNumbers) {
  uint64_t previous = 0;
  for (uint64_t number = 1; number < kLargest / 7; number = number * 7 + 3) {
    EXPECT_LT(QueueId{previous}.ToString(), QueueId{number}.ToString());
    previous = number;
  }
}

TEST(QueueIdTest, KnowsWhenItWasMade) {
  const absl::Time time = absl::FromUnixMicros(1'700'000'000'123'456);
  EXPECT_EQ(QueueId::At(time, 0).MadeAt(), time);
  EXPECT_EQ(QueueId::At(time, ~uint64_t{0}).MadeAt(), time);
  EXPECT_NE(QueueId::At(time, 1), QueueId::At(time, 2));
  EXPECT_LT(QueueId::At(time, ~uint64_t{0}),
            QueueId::At(time + absl::Microseconds(1), 0));
  EXPECT_EQ(QueueId::At(absl::FromUnixSeconds(-5), 0).number, 0u);
}

TEST(QueueIdTest, RefusesWhatIsNoIdentifier) {
  for (const char* text : {"", "0", "000000000000", "00000000000000",
                           "000000000000a", "000000000000Z", "zzzzzzzzzzzzz"}) {
    EXPECT_THAT(QueueId::Parse(text),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
  EXPECT_THAT(QueueId::Parse(std::string(13, '\0')),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace postern::mta::queue
