#include "mta/restrictions/verify_store.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::restrictions {
namespace {

using ::postern::testing::StatusIs;
using ::testing::StartsWith;

VerifyRecord SomeRecord(const Clock& clock) {
  return {{Deliverability::kUndeliverable, "550 5.1.1 no such user here"},
          clock.Now()};
}

void KeepsUntilItExpires(VerifyStore& store, FakeClock& clock) {
  const VerifyRecord record = SomeRecord(clock);
  EXPECT_FALSE(store.Get("a@example.org").has_value());
  store.Put("a@example.org", record, clock.Now() + absl::Hours(1));
  ASSERT_TRUE(store.Get("a@example.org").has_value());
  EXPECT_EQ(store.Get("a@example.org")->result, record.result);
  EXPECT_EQ(store.Get("a@example.org")->updated, record.updated);
  EXPECT_FALSE(store.Get("b@example.org").has_value());
  clock.Advance(absl::Hours(1));
  EXPECT_FALSE(store.Get("a@example.org").has_value());
}

TEST(VerifyStoreTest, InMemory) {
  FakeClock clock;
  KeepsUntilItExpires(*VerifyStore::Open("", clock).value(), clock);
}

TEST(VerifyStoreTest, OnDisk) {
  const testing::TempDir dir;
  FakeClock clock;
  KeepsUntilItExpires(*VerifyStore::Open(dir.path() + "/verify", clock).value(),
                      clock);
}

TEST(VerifyStoreTest, OnDiskItSurvivesARestart) {
  const testing::TempDir dir;
  FakeClock clock;
  const VerifyRecord record = SomeRecord(clock);
  VerifyStore::Open(dir.path(), clock)
      .value()
      ->Put("a@example.org", record, clock.Now() + absl::Hours(1));
  EXPECT_EQ(VerifyStore::Open(dir.path(), clock)
                .value()
                ->Get("a@example.org")
                ->result,
            record.result);
}

TEST(VerifyStoreTest, AFolderThatCannotBeIsAnErrorWithTheField) {
  FakeClock clock;
  EXPECT_THAT(
      std::string(VerifyStore::Open("/dev/null/x", clock).status().message()),
      StartsWith("address_verify_map: "));
}

TEST(VerifyStoreTest, MemoryIsBounded) {
  FakeClock clock;
  const std::unique_ptr<VerifyStore> store =
      VerifyStore::Open("", clock).value();
  const VerifyRecord record = SomeRecord(clock);
  for (size_t i = 0; i <= VerifyStore::kMaxRecords; ++i) {
    store->Put(absl::StrCat(i), record, absl::InfiniteFuture());
  }
  EXPECT_FALSE(store->Get("0").has_value());
  EXPECT_TRUE(store->Get(absl::StrCat(VerifyStore::kMaxRecords)).has_value());
}

TEST(VerifyStoreTest, WhatIsStoredIsReadBack) {
  FakeClock clock;
  const VerifyRecord record = SomeRecord(clock);
  EXPECT_EQ(FormatVerifyRecord(record),
            "1 undeliverable 1700000000 550 5.1.1 no such user here");
  EXPECT_EQ(ParseVerifyRecord(FormatVerifyRecord(record))->result,
            record.result);
  for (const char* const text : {"", "1", "1 deliverable", "1 deliverable x y",
                                 "2 deliverable 1 x", "1 perhaps 1 x"}) {
    EXPECT_THAT(ParseVerifyRecord(text),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

}  // namespace
}  // namespace postern::mta::restrictions
