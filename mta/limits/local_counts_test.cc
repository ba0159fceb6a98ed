#include "mta/limits/local_counts.h"

#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"

namespace postern::mta::limits {
namespace {

Account AccountOf(const char* network) {
  return {Event::kMessage, net::Network::Parse(network).value()};
}

class LocalCountsTest : public ::testing::Test {
 protected:
  LocalCountsTest() {
    // The start of a unit.
    clock_.Advance(absl::Minutes(1) -
                   (clock_.Now() - absl::UnixEpoch()) % absl::Minutes(1));
  }

  void Add(const Account& account, int times) {
    for (int i = 0; i < times; ++i) counts_.Add(account);
  }

  FakeClock clock_;
  LocalCounts counts_{clock_, absl::Minutes(1)};
  const Account client_ = AccountOf("192.0.2.1/32");
};

TEST_F(LocalCountsTest, WhatWasCountedTakesRoom) {
  EXPECT_TRUE(counts_.Fits(client_, 1));
  EXPECT_FALSE(counts_.Fits(client_, 0));
  Add(client_, 2);
  EXPECT_TRUE(counts_.Fits(client_, 3));
  EXPECT_FALSE(counts_.Fits(client_, 2));
}

TEST_F(LocalCountsTest, ClientsAndEventsAreCountedApart) {
  Add(client_, 3);
  EXPECT_TRUE(counts_.Fits(AccountOf("192.0.2.2/32"), 1));
  EXPECT_TRUE(counts_.Fits(AccountOf("192.0.2.0/24"), 1));
  EXPECT_TRUE(counts_.Fits({Event::kRecipient, client_.who}, 1));
}

TEST_F(LocalCountsTest, TheUnitBeforeWeighsAsMuchAsIsLeftOfThisOne) {
  Add(client_, 100);
  clock_.Advance(absl::Seconds(60));
  EXPECT_FALSE(counts_.Fits(client_, 100));
  clock_.Advance(absl::Seconds(30));
  EXPECT_TRUE(counts_.Fits(client_, 51));
  EXPECT_FALSE(counts_.Fits(client_, 50));
  clock_.Advance(absl::Seconds(30));
  EXPECT_TRUE(counts_.Fits(client_, 1));
}

TEST_F(LocalCountsTest, AWholeUnitOfSilenceForgetsAll) {
  Add(client_, 100);
  clock_.Advance(absl::Seconds(120));
  EXPECT_TRUE(counts_.Fits(client_, 1));
}

TEST_F(LocalCountsTest, MTA42NeverMoreAccountsThanTheLimit) {
  for (uint32_t i = 0; i < LocalCounts::kMaxAccounts + 100'000; ++i) {
    const net::IpAddress address = net::IpAddress::V4(
        {static_cast<uint8_t>(i >> 24), static_cast<uint8_t>(i >> 16),
         static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)});
    counts_.Add({Event::kMessage, net::Network(address, 32)});
  }
  EXPECT_LE(counts_.size(), LocalCounts::kMaxAccounts);
  EXPECT_GE(counts_.size(), LocalCounts::kMaxAccounts / 2);
}

TEST_F(LocalCountsTest, TheQuietGoBeforeTheBusy) {
  const Account busy = AccountOf("198.51.100.1/32");
  for (uint32_t i = 0; i < LocalCounts::kMaxAccounts * 9 / 10; ++i) {
    const net::IpAddress address = net::IpAddress::V4(
        {10, static_cast<uint8_t>(i >> 16), static_cast<uint8_t>(i >> 8),
         static_cast<uint8_t>(i)});
    counts_.Add({Event::kMessage, net::Network(address, 32)});
  }
  clock_.Advance(absl::Minutes(2));
  Add(busy, 5);
  for (uint32_t i = 0; i < LocalCounts::kMaxAccounts / 2; ++i) {
    const net::IpAddress address = net::IpAddress::V4(
        {11, static_cast<uint8_t>(i >> 16), static_cast<uint8_t>(i >> 8),
         static_cast<uint8_t>(i)});
    counts_.Add({Event::kMessage, net::Network(address, 32)});
  }
  EXPECT_FALSE(counts_.Fits(busy, 5));
}

}  // namespace
}  // namespace postern::mta::limits
