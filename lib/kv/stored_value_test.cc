#include "lib/kv/stored_value.h"

#include <array>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::kv {
namespace {

using ::testing::Eq;

std::string Encoded(absl::Time expires, absl::string_view value) {
  const std::array<char, kValueHeaderBytes> header = ValueHeader(expires);
  return absl::StrCat(absl::string_view(header.data(), header.size()), value);
}

TEST(StoredValueTest, ComesBackWithItsExpiry) {
  const absl::Time expires = absl::FromUnixMillis(1'700'000'000'123);
  const std::string stored = Encoded(expires, "seen");
  const std::optional<StoredValue> value = DecodeValue(stored);
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->value, "seen");
  EXPECT_EQ(FromMillis(value->expires_millis), expires);
}

TEST(StoredValueTest, LooksAsTheFormatPageSays) {
  EXPECT_EQ(Encoded(absl::FromUnixMillis(0x0102030405), "v"),
            std::string("\x01\x05\x04\x03\x02\x01\x00\x00\x00v", 10));
}

TEST(StoredValueTest, InfiniteFutureIsNever) {
  const std::string stored = Encoded(absl::InfiniteFuture(), "");
  const std::optional<StoredValue> value = DecodeValue(stored);
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(FromMillis(value->expires_millis), absl::InfiniteFuture());
  EXPECT_FALSE(value->HasExpired(ToMillis(absl::FromUnixSeconds(1LL << 40))));
}

TEST(StoredValueTest, ExpiresExactlyAtItsTime) {
  const StoredValue value{.expires_millis = 1000, .value = ""};
  EXPECT_FALSE(value.HasExpired(999));
  EXPECT_TRUE(value.HasExpired(1000));
}

TEST(StoredValueTest, TimesBefore1970HaveExpired) {
  const std::string stored = Encoded(absl::FromUnixSeconds(-5), "x");
  EXPECT_TRUE(DecodeValue(stored)->HasExpired(0));
}

TEST(StoredValueTest, OtherFormatsAndShortTextsAreNotRead) {
  EXPECT_THAT(DecodeValue(""), Eq(std::nullopt));
  EXPECT_THAT(DecodeValue(std::string(8, '\x01')), Eq(std::nullopt));
  EXPECT_THAT(DecodeValue(std::string(20, '\x02')), Eq(std::nullopt));
}

}  // namespace
}  // namespace postern::kv
