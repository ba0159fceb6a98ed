#include "lib/kv/store.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/kv/failing_disk.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::kv {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

const absl::Time kNever = absl::InfiniteFuture();

class StoreTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Store>> Open(rocksdb::Env* env = nullptr) {
    return Store::Open({.directory = directory_,
                        .memory_bytes = 1 << 20,
                        .sync_interval = absl::Hours(1),
                        .env = env},
                       clock_);
  }

  std::unique_ptr<Store> MustOpen(rocksdb::Env* env = nullptr) {
    auto store = Open(env);
    EXPECT_THAT(store, IsOk());
    return *std::move(store);
  }

  std::vector<std::string> KeysOf(const Store& store, absl::string_view prefix,
                                  absl::string_view after = "") {
    std::vector<std::string> keys;
    EXPECT_THAT(store.ForEach(
                    prefix,
                    [&](absl::string_view key, const Entry&) {
                      keys.emplace_back(key);
                      return true;
                    },
                    after),
                IsOk());
    return keys;
  }

  const testing::TempDir temp_;
  const std::string directory_ = temp_.path() + "/a/store";
  FakeClock clock_;
};

absl::Status Increment(Store& store, absl::Span<const absl::string_view> keys) {
  return store.Update(keys, [keys](Found found, Batch& batch) {
    for (size_t i = 0; i < keys.size(); ++i) {
      int count = 0;
      if (found[i].has_value() && !absl::SimpleAtoi(found[i]->value, &count)) {
        count = -1'000'000;
      }
      batch.Put(keys[i], absl::StrCat(count + 1), kNever);
    }
  });
}

// Copies what is in `from`; what goes meanwhile (the database removes files
// that it has replaced) would not be left after a kill either.
void CopyFiles(const std::string& from, const std::string& to) {
  std::filesystem::create_directory(to);
  for (const auto& entry : std::filesystem::directory_iterator(from)) {
    std::error_code error;
    std::filesystem::copy_file(
        entry.path(), std::filesystem::path(to) / entry.path().filename(),
        error);
    if (error == std::errc::no_such_file_or_directory) continue;
    EXPECT_FALSE(error) << entry.path() << ": " << error.message();
  }
}

// Does what the store does by itself at each sync interval. The attempt that
// was made while the disk was full may still report its failure from one of the
// database's threads, once before and once after the next write.
bool Heals(Store& store) {
  for (int interval = 0; interval < 3; ++interval) {
    if (store.Sync().ok() && store.Put("after", "v", kNever).ok() &&
        store.Healthy().ok()) {
      return true;
    }
  }
  return false;
}

TEST_F(StoreTest, ReturnsWhatWasPut) {
  const auto store = MustOpen();
  ASSERT_THAT(store->Put("k", "v", kNever), IsOk());
  EXPECT_THAT(store->Get("k"), IsOkAndHolds(Optional(std::string("v"))));
  EXPECT_THAT(store->Get("other"), IsOkAndHolds(Eq(std::nullopt)));
  ASSERT_THAT(store->Delete("k"), IsOk());
  EXPECT_THAT(store->Get("k"), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_THAT(store->Delete("k"), IsOk());
}

TEST_F(StoreTest, AnExpiredValueIsAbsentEverywhere) {
  const auto store = MustOpen();
  ASSERT_THAT(store->Put("k", "v", clock_.Now() + absl::Seconds(10)), IsOk());
  clock_.Advance(absl::Seconds(9));
  EXPECT_THAT(store->Get("k"), IsOkAndHolds(Optional(std::string("v"))));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(store->Get("k"), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_THAT(KeysOf(*store, ""), ElementsAre());
  const absl::string_view keys[] = {"k"};
  EXPECT_THAT(store->Update(keys,
                            [](Found found, Batch&) {
                              EXPECT_THAT(found[0], Eq(std::nullopt));
                            }),
              IsOk());
}

TEST_F(StoreTest, KeepsValuesOverARestart) {
  MustOpen()->Put("k", "v", clock_.Now() + absl::Hours(1)).IgnoreError();
  const auto store = MustOpen();
  EXPECT_THAT(store->Get("k"), IsOkAndHolds(Optional(std::string("v"))));
}

// What the kernel has of the files is what is left after kill -9.
TEST_F(StoreTest, KeepsEveryWriteWhenTheProcessIsKilled) {
  const auto store = MustOpen();
  for (int i = 0; i < 100; ++i) {
    ASSERT_THAT(store->Put(absl::StrCat("k", i), "v", kNever), IsOk());
  }
  const std::string left_over = temp_.path() + "/left_over";
  CopyFiles(directory_, left_over);
  const auto again = Store::Open({.directory = left_over}, clock_);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(KeysOf(**again, "k").size(), 100u);
}

TEST_F(StoreTest, UpdateSeesValuesAndWritesThemTogether) {
  const auto store = MustOpen();
  const absl::Time expires = clock_.Now() + absl::Hours(1);
  ASSERT_THAT(store->Put("a", "1", expires), IsOk());
  const absl::string_view keys[] = {"a", "b"};
  ASSERT_THAT(store->Update(keys,
                            [&](Found found, Batch& batch) {
                              ASSERT_EQ(found.size(), 2u);
                              EXPECT_EQ(found[0]->value, "1");
                              EXPECT_EQ(found[0]->expires, expires);
                              EXPECT_FALSE(found[1].has_value());
                              batch.Delete("a");
                              batch.Put("b", "2", kNever);
                            }),
              IsOk());
  EXPECT_THAT(KeysOf(*store, ""), ElementsAre("b"));
}

TEST_F(StoreTest, UpdateRefusesToWriteWhatItDidNotName) {
  const auto store = MustOpen();
  const absl::string_view keys[] = {"a"};
  EXPECT_THAT(store->Update(keys,
                            [](Found, Batch& batch) {
                              for (int i = 0; i < 100; ++i) {
                                batch.Put(absl::StrCat("x", i), "", kNever);
                              }
                            }),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(KeysOf(*store, ""), ElementsAre());
  EXPECT_THAT(Increment(*store, keys), IsOk());
}

TEST_F(StoreTest, UpdatesOfManyThreadsLoseNothing) {
  const auto store = MustOpen();
  constexpr int kThreads = 4, kRounds = 300;
  const auto work = [&](int thread) {
    const std::string own = absl::StrCat("own", thread);
    for (int i = 0; i < kRounds; ++i) {
      const std::string shared = absl::StrCat("shared", i % 3);
      const absl::string_view keys[] = {shared, own, "all"};
      EXPECT_THAT(Increment(*store, keys), IsOk());
      EXPECT_THAT(store->Put(absl::StrCat("p", i), own, kNever), IsOk());
      EXPECT_THAT(store->Get(shared), IsOk());
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(store->Get("all"),
              IsOkAndHolds(Optional(absl::StrCat(kThreads * kRounds))));
  EXPECT_THAT(store->Get("own2"),
              IsOkAndHolds(Optional(absl::StrCat(kRounds))));
}

TEST_F(StoreTest, ForEachShowsAPrefixInOrderAndStopsWhenTold) {
  const auto store = MustOpen();
  for (const char* key : {"b2", "a", "b1", "c", "b", "b\xff", "b\xff\xff"}) {
    ASSERT_THAT(store->Put(key, key, kNever), IsOk());
  }
  EXPECT_THAT(KeysOf(*store, "b"),
              ElementsAre("b", "b1", "b2", "b\xff", "b\xff\xff"));
  EXPECT_THAT(KeysOf(*store, "b\xff"), ElementsAre("b\xff", "b\xff\xff"));
  EXPECT_THAT(KeysOf(*store, "b", /*after=*/"b1"),
              ElementsAre("b2", "b\xff", "b\xff\xff"));
  int seen = 0;
  EXPECT_THAT(store->ForEach("",
                             [&](absl::string_view key, const Entry& entry) {
                               EXPECT_EQ(key, entry.value);
                               return ++seen < 2;
                             }),
              IsOk());
  EXPECT_EQ(seen, 2);
}

TEST_F(StoreTest, WriteDoesAllOrNothing) {
  const auto store = MustOpen();
  Batch batch;
  batch.Put("a", "1", kNever);
  batch.Put("", "a key that cannot be", kNever);
  EXPECT_THAT(store->Write(std::move(batch)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(KeysOf(*store, ""), ElementsAre());
  EXPECT_THAT(store->Write(Batch()), IsOk());
}

TEST_F(StoreTest, LimitsAreInvalidArguments) {
  const auto store = MustOpen();
  const std::string long_key(1025, 'k');
  EXPECT_THAT(store->Get(long_key),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store->Put(long_key, "", kNever),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store->Put("k", std::string((1 << 20) + 1, 'v'), kNever),
              StatusIs(absl::StatusCode::kInvalidArgument));
  const std::vector<absl::string_view> keys(17, "k");
  EXPECT_THAT(store->Update(keys, [](Found, Batch&) { FAIL(); }),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(StoreTest, ASecondUserOfADirectoryIsTurnedAway) {
  const auto store = MustOpen();
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr(directory_)));
}

TEST_F(StoreTest, DamagedFilesAreDataLossAndTheDirectoryIsNamed) {
  MustOpen()->Put("k", "v", kNever).IgnoreError();
  std::ofstream(directory_ + "/CURRENT") << "nonsense";
  EXPECT_THAT(Open(),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr(directory_)));
}

TEST_F(StoreTest, ADirectoryThatCannotBeMadeIsAnError) {
  std::ofstream(temp_.path() + "/a") << "a file in the way";
  EXPECT_FALSE(Open().ok());
}

TEST_F(StoreTest, AFullDiskIsToldAndHealsWithoutRestart) {
  FailingDisk disk;
  const auto store = MustOpen(disk.env());
  ASSERT_THAT(store->Put("before", "v", kNever), IsOk());
  disk.faults().is_full = true;
  EXPECT_THAT(
      store->Put("lost", "v", kNever),
      StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr(directory_)));
  EXPECT_THAT(store->Healthy(), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(store->Get("before"), IsOkAndHolds(Optional(std::string("v"))));
  EXPECT_EQ(store->usage().write_failures, 1u);
  EXPECT_FALSE(store->Sync().ok());

  disk.faults().is_full = false;
  EXPECT_TRUE(Heals(*store));
  EXPECT_THAT(store->Sync(), IsOk());
  EXPECT_THAT(store->Put("after", "v", kNever), IsOk());
  EXPECT_THAT(store->Healthy(), IsOk());
  EXPECT_THAT(KeysOf(*store, ""), ElementsAre("after", "before"));
}

TEST_F(StoreTest, AFullDiskHealsAlsoWhenNothingWasWrittenBefore) {
  FailingDisk disk;
  const auto store = MustOpen(disk.env());
  for (int round = 0; round < 3; ++round) {
    disk.faults().is_full = true;
    EXPECT_FALSE(store->Put("lost", "v", kNever).ok());
    disk.faults().is_full = false;
    EXPECT_THAT(store->Sync(), IsOk());
  }
  EXPECT_THAT(store->Put("after", "v", kNever), IsOk());
  EXPECT_THAT(store->Sync(), IsOk());
  EXPECT_THAT(KeysOf(*store, ""), ElementsAre("after"));
}

TEST_F(StoreTest, AFailedSyncIsCountedAndShown) {
  FailingDisk disk;
  const auto store = MustOpen(disk.env());
  ASSERT_THAT(store->Put("k", "v", kNever), IsOk());
  disk.faults().fails_to_sync = true;
  EXPECT_THAT(store->Sync(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_FALSE(store->Healthy().ok());
  EXPECT_EQ(store->usage().sync_failures, 1u);
  disk.faults().fails_to_sync = false;
}

TEST_F(StoreTest, TellsHowMuchItHolds) {
  const auto store = MustOpen();
  for (int i = 0; i < 100; ++i) {
    ASSERT_THAT(store->Put(absl::StrCat("k", i), "v", kNever), IsOk());
  }
  EXPECT_EQ(store->usage().entries, 100u);
  EXPECT_GT(store->usage().disk_bytes, 0u);
}

}  // namespace
}  // namespace postern::kv
