#include "mta/restrictions/dnsbl_cache.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"

namespace postern::mta::restrictions {
namespace {

DnsblRecords Listed() {
  DnsblRecords records;
  records.addresses = {net::IpAddress::V4({127, 0, 0, 2})};
  records.reason = "spam";
  return records;
}

TEST(DnsblCacheTest, KeepsAnAnswerForItsTtl) {
  FakeClock clock;
  DnsblCache cache(clock);
  cache.Put("a", Listed(), absl::Minutes(5));
  clock.Advance(absl::Minutes(5) - absl::Seconds(1));
  ASSERT_TRUE(cache.Find("a").has_value());
  EXPECT_EQ(cache.Find("a")->addresses, Listed().addresses);
  EXPECT_EQ(cache.Find("a")->reason, "spam");
  clock.Advance(absl::Seconds(1));
  EXPECT_FALSE(cache.Find("a").has_value());
}

TEST(DnsblCacheTest, KeepsThatANameIsNotListed) {
  FakeClock clock;
  DnsblCache cache(clock);
  cache.Put("a", DnsblRecords(), absl::Minutes(5));
  ASSERT_TRUE(cache.Find("a").has_value());
  EXPECT_TRUE(cache.Find("a")->addresses.empty());
}

TEST(DnsblCacheTest, TheTimeIsBounded) {
  FakeClock clock;
  DnsblCache cache(clock);
  cache.Put("zero", Listed(), absl::ZeroDuration());
  cache.Put("long", Listed(), absl::Hours(100));
  DnsblRecords failed;
  failed.has_failed = true;
  cache.Put("failed", failed, absl::Hours(100));
  EXPECT_TRUE(cache.Find("zero").has_value());
  clock.Advance(absl::Seconds(30));
  EXPECT_FALSE(cache.Find("zero").has_value());
  EXPECT_FALSE(cache.Find("failed").has_value());
  EXPECT_TRUE(cache.Find("long").has_value());
  clock.Advance(absl::Hours(1));
  EXPECT_FALSE(cache.Find("long").has_value());
}

TEST(DnsblCacheTest, IsBounded) {
  FakeClock clock;
  DnsblCache cache(clock);
  cache.Put("old", Listed(), absl::Minutes(1));
  clock.Advance(absl::Minutes(2));
  for (size_t i = 0; i < DnsblCache::kMaxNames; ++i) {
    cache.Put(absl::StrCat(i), Listed(), absl::Minutes(5));
  }
  EXPECT_TRUE(cache.Find("0").has_value()) << "only what expired went";
  cache.Put("one more", Listed(), absl::Minutes(5));
  EXPECT_FALSE(cache.Find("0").has_value());
  EXPECT_TRUE(cache.Find("one more").has_value());
}

}  // namespace
}  // namespace postern::mta::restrictions
