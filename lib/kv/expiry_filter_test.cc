#include "lib/kv/expiry_filter.h"

#include <array>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/kv/stored_value.h"

namespace postern::kv {
namespace {

bool Drops(const Clock& clock, const std::string& stored) {
  const std::unique_ptr<rocksdb::CompactionFilter> filter =
      MakeExpiryFilterFactory(clock)->CreateCompactionFilter({});
  std::string new_value;
  bool is_changed = false;
  return filter->Filter(0, "key", stored, &new_value, &is_changed);
}

TEST(ExpiryFilterTest, DropsWhatHasExpiredByTheClock) {
  FakeClock clock;
  const std::array<char, kValueHeaderBytes> header =
      ValueHeader(clock.Now() + absl::Seconds(10));
  const std::string stored =
      absl::StrCat(absl::string_view(header.data(), header.size()), "value");
  EXPECT_FALSE(Drops(clock, stored));
  clock.Advance(absl::Seconds(10));
  EXPECT_TRUE(Drops(clock, stored));
}

TEST(ExpiryFilterTest, KeepsFormatsOfNewerVersions) {
  const FakeClock clock;
  EXPECT_FALSE(Drops(clock, std::string(9, '\x02')));
  EXPECT_FALSE(Drops(clock, ""));
}

}  // namespace
}  // namespace postern::kv
