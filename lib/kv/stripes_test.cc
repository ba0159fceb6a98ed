#include "lib/kv/stripes.h"

#include <bit>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::kv {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;

TEST(StripesTest, AKeyHasOneStripeAlwaysTheSame) {
  EXPECT_EQ(std::popcount(StripeOf("a")), 1);
  EXPECT_EQ(StripeOf("a"), StripeOf(std::string("a")));
}

TEST(StripesTest, KeysSpreadOverAllStripes) {
  StripeSet seen = 0;
  for (int i = 0; i < 10'000; ++i) seen |= StripeOf(absl::StrCat("key", i));
  EXPECT_EQ(std::popcount(seen), 64);
}

TEST(StripesTest, ThreadsWithManyStripesNeitherMixNorDeadlock) {
  Stripes stripes;
  int first = 0, second = 0;
  const auto work = [&](StripeSet set) {
    for (int i = 0; i < 2000; ++i) {
      const StripeLock lock(stripes, set | StripeSet{1} << (i % 64));
      if ((set & 1) != 0) ++first;
      if ((set & 2) != 0) ++second;
    }
  };
  std::vector<std::thread> threads;
  for (const StripeSet set : {1, 2, 3, 3}) threads.emplace_back(work, set);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(first, 6000);
  EXPECT_EQ(second, 6000);
}

TEST(CheckKeyTest, KnowsTheLimits) {
  EXPECT_THAT(CheckKey("k"), IsOk());
  EXPECT_THAT(CheckKey(std::string(1024, 'k')), IsOk());
  EXPECT_THAT(CheckKey(""), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(CheckKey(std::string(1025, 'k')),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace postern::kv
