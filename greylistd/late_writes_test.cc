#include "greylistd/late_writes.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::greylistd {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::testing::Eq;
using ::testing::Optional;

class LateWritesTest : public ::testing::Test {
 protected:
  LateWritesTest() { keys_->AwaitReady(); }

  testing::TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<kv::Store> store_ =
      kv::Store::Open({.directory = dir_.path() + "/store"}, clock_).value();
  std::unique_ptr<KnownKeys> keys_ = std::make_unique<KnownKeys>(*store_);
  std::unique_ptr<LateWrites> late_ =
      std::make_unique<LateWrites>(*store_, *keys_);
};

TEST_F(LateWritesTest, AValueIsFoundUntilTheStoreHasIt) {
  ASSERT_TRUE(late_->Put("k", "v", absl::InfiniteFuture()));
  // Found here or there, whichever it is by now.
  const std::optional<std::string> found = late_->Find("k");
  if (!found) {
    EXPECT_THAT(store_->Get("k"), IsOkAndHolds(Optional(Eq("v"))));
  }
  ASSERT_THAT(late_->Flush(), IsOk());
  EXPECT_THAT(late_->Find("k"), Eq(std::nullopt));
  EXPECT_THAT(store_->Get("k"), IsOkAndHolds(Optional(Eq("v"))));
  EXPECT_TRUE(keys_->MayHave("k"));
}

TEST_F(LateWritesTest, TheLastValueCounts) {
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(late_->Put(absl::StrCat("k", i % 10), absl::StrCat(i),
                           absl::InfiniteFuture()));
  }
  ASSERT_THAT(late_->Flush(), IsOk());
  EXPECT_THAT(store_->Get("k7"), IsOkAndHolds(Optional(Eq("997"))));
}

TEST_F(LateWritesTest, EverythingIsWrittenAtTheEnd) {
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(late_->Put(absl::StrCat("k", i), "v", absl::InfiniteFuture()));
  }
  late_.reset();
  for (int i = 0; i < 5000; ++i) {
    ASSERT_THAT(store_->Get(absl::StrCat("k", i)),
                IsOkAndHolds(Optional(Eq("v"))));
  }
}

TEST_F(LateWritesTest, WhatWasWithdrawnNeverOverwritesALaterValue) {
  for (int i = 0; i < 200; ++i) {
    const std::string key = absl::StrCat("k", i);
    ASSERT_TRUE(late_->Put(key, "old", absl::InfiniteFuture()));
    late_->Withdraw(key);
    ASSERT_THAT(store_->Put(key, "new", absl::InfiniteFuture()), IsOk());
  }
  ASSERT_THAT(late_->Flush(), IsOk());
  for (int i = 0; i < 200; ++i) {
    EXPECT_THAT(store_->Get(absl::StrCat("k", i)),
                IsOkAndHolds(Optional(Eq("new"))));
  }
}

TEST_F(LateWritesTest, AValueThatTheStoreRefusesIsNotForgottenInSilence) {
  // Longer than a key may be.
  const std::string key(2000, 'k');
  ASSERT_TRUE(late_->Put(key, "v", absl::InfiniteFuture()));
  EXPECT_FALSE(late_->Flush().ok());
  EXPECT_FALSE(late_->Put("other", "v", absl::InfiniteFuture()));
  EXPECT_THAT(late_->Find(key), Optional(Eq("v")));
  late_->Withdraw(key);
  EXPECT_THAT(late_->Flush(), IsOk());
  EXPECT_TRUE(late_->Put("other", "v", absl::InfiniteFuture()));
}

}  // namespace
}  // namespace postern::greylistd
