#include "lib/config/text_kind.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::config {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

TEST(TextKindTest, AcceptsWhatTheKindWants) {
  EXPECT_THAT(CheckText("anything: at all\n\t", v1::KIND_PLAIN), IsOk());
  EXPECT_THAT(CheckText("", v1::KIND_PLAIN), IsOk());
  EXPECT_THAT(CheckText("[::1]:25", v1::KIND_ENDPOINT), IsOk());
  EXPECT_THAT(CheckText("unix:/run/a", v1::KIND_ENDPOINT), IsOk());
  EXPECT_THAT(CheckText("2001:db8::1", v1::KIND_ADDRESS), IsOk());
  EXPECT_THAT(CheckText("192.0.2.0/24", v1::KIND_NETWORK), IsOk());
}

TEST(TextKindTest, RefusesTheRest) {
  const auto refused = [](const char* why) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why));
  };
  EXPECT_THAT(CheckText("localhost", v1::KIND_ENDPOINT),
              refused("has no port"));
  EXPECT_THAT(CheckText("localhost", v1::KIND_ADDRESS),
              refused("is not an IP address"));
  EXPECT_THAT(CheckText("192.0.2.1/24", v1::KIND_NETWORK),
              refused("has bits beyond its prefix"));
}

TEST(TextKindTest, RefusesControlCharacters) {
  for (absl::string_view text :
       {absl::string_view("a\0b", 3), absl::string_view("a\rb"),
        absl::string_view("\x1b"), absl::string_view("\x7f")}) {
    EXPECT_THAT(CheckText(text, v1::KIND_PLAIN),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("control character")));
  }
  EXPECT_THAT(CheckText("\xff", v1::KIND_PLAIN),
              StatusIs(absl::StatusCode::kInvalidArgument, "not UTF-8"));
}

TEST(TextKindTest, SaysWhatIsWanted) {
  EXPECT_EQ(WantedText(v1::KIND_PLAIN), "a text");
  EXPECT_EQ(WantedText(v1::KIND_ADDRESS), "an IP address");
  EXPECT_THAT(WantedText(v1::KIND_ENDPOINT), HasSubstr("host:port"));
  EXPECT_THAT(WantedText(v1::KIND_NETWORK), HasSubstr("192.0.2.0/24"));
}

}  // namespace
}  // namespace postern::config
