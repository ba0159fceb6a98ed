#include "mta/server/intake.h"

#include "gtest/gtest.h"

namespace postern::mta::server {
namespace {

// What goes in and what comes out is tested through session_test.cc.

constexpr absl::Duration kTimeout = absl::Seconds(300);

TEST(IntakeTest, MTA39TheFirstPiecesHaveTheWholeTimeout) {
  EXPECT_EQ(NextPieceWait(kTimeout, 500, 0, absl::ZeroDuration()), kTimeout);
  EXPECT_EQ(NextPieceWait(kTimeout, 500, 0, absl::Seconds(100)),
            absl::Seconds(200));
  EXPECT_EQ(NextPieceWait(kTimeout, 500, 50'000, absl::Seconds(100)), kTimeout);
}

TEST(IntakeTest, MTA39ASlowClientRunsOutOfTime) {
  // 1 byte a second for ten minutes: 600 bytes earn 1.2 s.
  EXPECT_EQ(NextPieceWait(kTimeout, 500, 600, absl::Seconds(600)),
            absl::ZeroDuration());
  EXPECT_EQ(NextPieceWait(kTimeout, 500, 500 * 400, absl::Seconds(600)),
            absl::Seconds(100));
}

TEST(IntakeTest, AFastClientNeverHasMoreThanTheTimeoutForOnePiece) {
  EXPECT_EQ(NextPieceWait(kTimeout, 500, int64_t{1} << 40, absl::Seconds(1)),
            kTimeout);
}

TEST(IntakeTest, WithoutARateOnlyThePauseCounts) {
  EXPECT_EQ(NextPieceWait(kTimeout, 0, 1, absl::Hours(10)), kTimeout);
}

}  // namespace
}  // namespace postern::mta::server
