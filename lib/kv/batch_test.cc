#include "lib/kv/batch.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lib/kv/stripes.h"
#include "lib/testing/status_matchers.h"

namespace postern::kv {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;

const absl::Time kNever = absl::InfiniteFuture();

TEST(BatchTest, IsEmptyAtFirstAndAfterClear) {
  Batch batch;
  EXPECT_TRUE(batch.empty());
  batch.Put("a", "1", kNever);
  EXPECT_FALSE(batch.empty());
  batch.Clear();
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.stripes(), 0u);
}

TEST(BatchTest, KnowsTheStripesOfItsKeys) {
  Batch batch;
  batch.Put("a", "1", kNever);
  batch.Delete("b");
  EXPECT_EQ(batch.stripes(), StripeOf("a") | StripeOf("b"));
}

TEST(BatchTest, KeepsTheFirstBrokenLimit) {
  Batch batch;
  batch.Put("a", std::string((1 << 20) + 1, 'v'), kNever);
  batch.Put("b", "1", kNever);
  EXPECT_THAT(batch.status(), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_FALSE(batch.empty());
  batch.Clear();
  EXPECT_THAT(batch.status(), IsOk());
}

TEST(BatchTest, MovesWithItsChanges) {
  Batch batch;
  batch.Put("a", "1", kNever);
  Batch moved = std::move(batch);
  EXPECT_FALSE(moved.empty());
}

}  // namespace
}  // namespace postern::kv
