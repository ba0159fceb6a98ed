#include "greylistd/pending_counts.h"

#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::greylistd {
namespace {

using ::testing::Eq;
using ::testing::Optional;

constexpr int64_t kNow = 1'700'000'000;

TEST(PendingCountsTest, KeepsACountUntilItsTime) {
  const auto counts = std::make_unique<PendingCounts>();
  EXPECT_THAT(counts->Find(7, kNow), Eq(std::nullopt));
  counts->Set(7, {3, kNow + 10}, kNow);
  EXPECT_THAT(counts->Find(7, kNow), Optional(PendingRecord{3, kNow + 10}));
  counts->Set(7, {4, kNow + 10}, kNow);
  EXPECT_THAT(counts->Find(7, kNow), Optional(PendingRecord{4, kNow + 10}));
  EXPECT_THAT(counts->Find(7, kNow + 10), Eq(std::nullopt));
}

TEST(PendingCountsTest, RD06AFloodFromManyNetworksDoesNotHideALargeCount) {
  const auto counts = std::make_unique<PendingCounts>();
  counts->Set(7, {9000, kNow + 10}, kNow);
  for (uint64_t network = 1000; network < 1'000'000; ++network) {
    counts->Set(network, {1, kNow + 10}, kNow);
  }
  EXPECT_THAT(counts->Find(7, kNow), Optional(PendingRecord{9000, kNow + 10}));
  EXPECT_THAT(counts->Find(999'999, kNow),
              Optional(PendingRecord{1, kNow + 10}));
}

TEST(PendingCountsTest, WhatIsOverGivesWayFirst) {
  const auto counts = std::make_unique<PendingCounts>();
  const uint64_t step = PendingCounts::kNetworks;  // All in the same slots.
  for (uint64_t i = 0; i < 8; ++i) {
    counts->Set(7 + i * step, {100, i == 5 ? kNow : kNow + 10}, kNow - 1);
  }
  counts->Set(7 + 8 * step, {1, kNow + 10}, kNow);
  for (uint64_t i = 0; i <= 8; ++i) {
    EXPECT_EQ(counts->Find(7 + i * step, kNow).has_value(), i != 5) << i;
  }
}

}  // namespace
}  // namespace postern::greylistd
