#include "greylistd/known_keys.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::greylistd {
namespace {

using ::postern::testing::IsOk;

class KnownKeysTest : public ::testing::Test {
 protected:
  void Put(const std::string& key) {
    ASSERT_THAT(store_->Put(key, "x", absl::InfiniteFuture()), IsOk());
  }

  testing::TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<kv::Store> store_ =
      kv::Store::Open({.directory = dir_.path() + "/store"}, clock_).value();
};

TEST_F(KnownKeysTest, KnowsWhatTheStoreHadAndWhatWasAdded) {
  for (int i = 0; i < 1000; ++i) Put(absl::StrCat("old", i));
  KnownKeys keys(*store_);
  // Written while the keys are being read, or not yet, or no more.
  for (int i = 0; i < 1000; ++i) {
    Put(absl::StrCat("early", i));
    keys.Add(absl::StrCat("early", i));
  }
  keys.AwaitReady();
  keys.Add("late");
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(keys.MayHave(absl::StrCat("old", i)));
    EXPECT_TRUE(keys.MayHave(absl::StrCat("early", i)));
  }
  EXPECT_TRUE(keys.MayHave("late"));
  int wrong = 0;
  for (int i = 0; i < 1000; ++i) wrong += keys.MayHave(absl::StrCat("no", i));
  EXPECT_LT(wrong, 20);
}

TEST_F(KnownKeysTest, AnEmptyStoreHasNothing) {
  KnownKeys keys(*store_);
  keys.AwaitReady();
  EXPECT_FALSE(keys.MayHave("a"));
}

TEST_F(KnownKeysTest, EndsWhileItReads) {
  for (int i = 0; i < 1000; ++i) Put(absl::StrCat("old", i));
  for (int i = 0; i < 20; ++i) KnownKeys keys(*store_);
}

}  // namespace
}  // namespace postern::greylistd
