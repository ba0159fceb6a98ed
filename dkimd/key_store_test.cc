#include "dkimd/key_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/base/file.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::dkimd {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;

std::string NewKey() {
  return dkim::PrivateKey::Generate(dkim::KeyType::kEd25519, 0).value().ToPem();
}

class KeyStoreTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) {
    return folder_.path() + "/" + name;
  }
  void Write(const std::string& name, const std::string& text) {
    ASSERT_THAT(WriteFile(Path(name), text, 0600), IsOk());
  }
  absl::StatusOr<KeyStore::Key> Find(const dkim::KeySource& source) {
    return runtime_->BlockOn(store_.Find(source));
  }
  absl::StatusOr<KeyStore::Key> Find(const std::string& name) {
    return Find(dkim::KeySource{.path = Path(name)});
  }

  testing::TempDir folder_;
  FakeClock clock_;
  KeyStore store_{{.max_keys = 2}, clock_};
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(KeyStoreTest, AKeyIsReadOnceAndKept) {
  Write("a", NewKey());
  const auto first = Find("a");
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(*Find("a"), *first);
  // The same file, looked at again, is the same key.
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(*Find("a"), *first);
  EXPECT_EQ(store_.size(), 1u);
}

TEST_F(KeyStoreTest, AChangedFileIsANewKey) {
  Write("a", NewKey());
  const auto old = Find("a");
  ASSERT_THAT(old, IsOk());
  Write("a", NewKey());
  EXPECT_EQ(*Find("a"), *old);  // Not looked at yet.
  clock_.Advance(absl::Seconds(1));
  const auto fresh = Find("a");
  ASSERT_THAT(fresh, IsOk());
  EXPECT_NE((*fresh)->PublicBytes(), (*old)->PublicBytes());
}

TEST_F(KeyStoreTest, ASecretOfKubernetesIsSwappedByItsLinks) {
  Write("1.private", NewKey());
  Write("2.private", NewKey());
  ASSERT_EQ(::symlink("1.private", Path("..data").c_str()), 0);
  ASSERT_EQ(::symlink("..data", Path("mail.private").c_str()), 0);
  const auto old = Find("mail.private");
  ASSERT_THAT(old, IsOk());
  ASSERT_EQ(::symlink("2.private", Path("..new").c_str()), 0);
  ASSERT_EQ(::rename(Path("..new").c_str(), Path("..data").c_str()), 0);
  clock_.Advance(absl::Seconds(1));
  EXPECT_NE(*Find("mail.private"), *old);
}

TEST_F(KeyStoreTest, AKeyThatBecomesBrokenGoesOnSigning) {
  Write("a", NewKey());
  const auto old = Find("a");
  ASSERT_THAT(old, IsOk());
  for (const char* broken : {"no key", ""}) {
    Write("a", broken);
    // Said once, however often it is asked for.
    for (int i = 0; i < 3; ++i) {
      clock_.Advance(absl::Seconds(1));
      EXPECT_EQ(*Find("a"), *old);
    }
  }
  ASSERT_EQ(::unlink(Path("a").c_str()), 0);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(*Find("a"), *old);
  EXPECT_EQ(store_.failed_changes(), 3u);
  // And a good one takes its place.
  Write("a", NewKey());
  clock_.Advance(absl::Seconds(1));
  EXPECT_NE(*Find("a"), *old);
}

TEST_F(KeyStoreTest, AChangeThatOthersMayReadCountsOnceItIsSafe) {
  Write("a", NewKey());
  const auto old = Find("a");
  ASSERT_THAT(old, IsOk());
  Write("a", NewKey());
  ASSERT_EQ(::chmod(Path("a").c_str(), 0644), 0);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(*Find("a"), *old);
  ASSERT_EQ(::chmod(Path("a").c_str(), 0600), 0);
  clock_.Advance(absl::Seconds(1));
  EXPECT_NE(*Find("a"), *old);
}

TEST_F(KeyStoreTest, WhatWasNeverAKeyIsAnError) {
  EXPECT_THAT(Find("missing"), StatusIs(absl::StatusCode::kNotFound));
  Write("broken", "no key");
  EXPECT_THAT(Find("broken"), StatusIs(absl::StatusCode::kInvalidArgument,
                                       ::testing::HasSubstr(Path("broken"))));
  ASSERT_THAT(WriteFile(Path("unsafe"), NewKey(), 0644), IsOk());
  EXPECT_THAT(Find("unsafe"), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(store_.size(), 0u);
  store_.Replace({.requires_safe_keys = false});
  EXPECT_THAT(Find("unsafe"), IsOk());
}

TEST_F(KeyStoreTest, AKeyMayStandInTheTable) {
  EXPECT_THAT(Find(dkim::KeySource{.text = NewKey()}), IsOk());
}

TEST_F(KeyStoreTest, SaysHowOldTheOldestKeyIs) {
  EXPECT_EQ(store_.OldestAge(), absl::ZeroDuration());
  EXPECT_THAT(Find(dkim::KeySource{.text = NewKey()}), IsOk());
  EXPECT_EQ(store_.OldestAge(), absl::ZeroDuration());
  clock_.Set(absl::FromUnixSeconds(1'700'000'000));
  Write("a", NewKey());
  const struct timespec written[2] = {{1'600'000'000, 0}, {1'600'000'000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, Path("a").c_str(), written, 0), 0);
  EXPECT_THAT(Find("a"), IsOk());
  EXPECT_EQ(store_.OldestAge(), absl::Seconds(100'000'000));
}

TEST_F(KeyStoreTest, OnlySoManyAreKept) {
  for (const char* name : {"a", "b", "c"}) {
    Write(name, NewKey());
    EXPECT_THAT(Find(name), IsOk());
  }
  EXPECT_EQ(store_.size(), 2u);
}

}  // namespace
}  // namespace postern::dkimd
