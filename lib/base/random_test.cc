#include "lib/base/random.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern {
namespace {

TEST(RandomTest, NumbersDiffer) {
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(Random64());
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(RandomTest, StaysBelowTheBoundAndReachesAllOfIt) {
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(RandomBelow(5));
  EXPECT_EQ(seen, (std::set<uint64_t>{0, 1, 2, 3, 4}));
}

TEST(RandomTest, NamesAreLettersAndDigitsOfTheLengthAskedFor) {
  EXPECT_THAT(RandomName(12), ::testing::MatchesRegex("[0-9b-z]{12}"));
  EXPECT_NE(RandomName(12), RandomName(12));
}

TEST(RandomTest, BytesAreOfTheNumberAskedForAndDiffer) {
  EXPECT_EQ(RandomBytes(16).size(), 16u);
  EXPECT_NE(RandomBytes(16), RandomBytes(16));
}

}  // namespace
}  // namespace postern
