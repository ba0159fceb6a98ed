#include "lib/config/scalar.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/config/example.pb.h"
#include "lib/testing/status_matchers.h"

namespace postern::config {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::postern::testing::IsOk;
using testing::Example;
using ::testing::HasSubstr;

ScalarField Scalar(const std::string& name) {
  const FieldDescriptor& field = *Example::descriptor()->FindFieldByName(name);
  return {field, field.options().GetExtension(v1::field)};
}

// Reads `text` into the field and returns how the value prints, or the error.
std::string ReadBack(const std::string& name, absl::string_view text) {
  Example message;
  const ScalarField scalar = Scalar(name);
  const absl::Status status = ReadScalar(text, scalar, message);
  if (!status.ok()) return std::string(status.message());
  return ScalarText(message, scalar, scalar.field.is_repeated() ? 0 : -1);
}

TEST(ScalarTest, ReadsAndPrintsEveryType) {
  struct Case {
    const char* field;
    const char* text;
    const char* want;
  };
  const Case cases[] = {
      {"mode", "monitor", "monitor"},
      {"name", "a b", "a b"},
      {"name", "", ""},
      {"flag", "true", "true"},
      {"flag", "Yes", "true"},
      {"flag", "off", "false"},
      {"small", "-2147483648", "-2147483648"},
      {"large", "-9223372036854775808", "-9223372036854775808"},
      {"count", "0", "0"},
      {"huge", "18446744073709551615", "18446744073709551615"},
      {"ratio", "0.1", "0.1"},
      {"ratio", "1e-3", "0.001"},
      {"limit", "2048", "2KiB"},
      {"limit", "25MiB", "25MiB"},
      {"file_mode", "0660", "0660"},
      {"file_mode", "600", "0600"},
      {"file_mode", "04755", "4755"},
      {"delay", "1h30m", "90m"},
      {"timeout", "0", "0s"},
      {"listen", "127.0.0.1:25", "127.0.0.1:25"},
      {"listen", "", ""},
      {"address", "::1", "::1"},
      {"networks", "192.0.2.0/24", "192.0.2.0/24"},
      {"words", "", ""},
      {"modes", "enforce", "enforce"},
      {"waits", "10s", "10s"},
      {"sizes", "1KiB", "1KiB"},
      {"ratios", "-1.5", "-1.5"},
      {"flags", "no", "false"},
      {"smalls", "-1", "-1"},
      {"larges", "-1", "-1"},
      {"huges", "1", "1"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(ReadBack(c.field, c.text), c.want) << c.field << ": " << c.text;
  }
}

TEST(ScalarTest, SaysWhatIsWantedInstead) {
  struct Case {
    const char* field;
    const char* text;
    const char* want;
  };
  const Case cases[] = {
      {"mode", "watch", "\"watch\" is not one of enforce, monitor"},
      {"flag", "maybe", "\"maybe\" is not true or false"},
      {"small", "2147483648", "must be from -2147483648 to 2147483647"},
      {"small", "ten", "\"ten\" is not a number"},
      {"small", "1.5", "\"1.5\" is not a number"},
      {"small", "010", "\"010\" is not a number"},
      {"small", "+1", "\"+1\" is not a number"},
      {"small", "0x10", "\"0x10\" is not a number"},
      {"small", " 1", "\" 1\" is not a number"},
      {"small", "-", "\"-\" is not a number"},
      {"small", "", "\"\" is not a number"},
      {"count", "-1", "must be from 0 to 4294967295"},
      {"huge", "18446744073709551616",
       "must be from 0 to 18446744073709551615"},
      {"huge", "-1", "must be from 0 to 18446744073709551615"},
      {"ratio", "inf", "\"inf\" is not a number"},
      {"ratio", "nan", "\"nan\" is not a number"},
      {"ratio", "1e999", "\"1e999\" is not a number"},
      {"limit", "25MB", "\"25MB\" is not a size such as"},
      {"sizes", "8GiB", "must be from 0 to 4294967295"},
      {"file_mode", "0668", "\"0668\" is not a file mode in octal"},
      {"file_mode", "77777", "\"77777\" is not a file mode in octal"},
      {"file_mode", "", "\"\" is not a file mode in octal"},
      {"delay", "5", "\"5\" is not a duration such as"},
      {"listen", "25", "\"25\" has no port"},
      {"networks", "", "is not an IP address or network"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(ReadBack(c.field, c.text), HasSubstr(c.want))
        << c.field << ": " << c.text;
  }
}

TEST(ScalarTest, KeepsTheBounds) {
  EXPECT_EQ(ReadBack("count", "1000"), "1000");
  EXPECT_EQ(ReadBack("count", "1001"), "must be at most 1000");
  EXPECT_EQ(ReadBack("ratio", "1.01"), "must be at most 1");
  EXPECT_EQ(ReadBack("ratio", "-0.01"), "must be at least 0");
  EXPECT_EQ(ReadBack("limit", "1023"), "must be at least 1KiB");
  EXPECT_EQ(ReadBack("delay", "1s"), "1s");
  EXPECT_EQ(ReadBack("delay", "999ms"), "must be at least 1s");
  EXPECT_EQ(ReadBack("delay", "25h"), "must be at most 1d");
}

TEST(ScalarTest, AddsToARepeatedField) {
  Example message;
  EXPECT_THAT(ReadScalar("a", Scalar("words"), message), IsOk());
  EXPECT_THAT(ReadScalar("b", Scalar("words"), message), IsOk());
  ASSERT_EQ(message.words_size(), 2);
  EXPECT_EQ(ScalarText(message, Scalar("words"), 1), "b");
}

TEST(ScalarTest, TellsScalarsFromBlocks) {
  EXPECT_TRUE(IsScalar(Scalar("small").field));
  EXPECT_TRUE(IsScalar(Scalar("delay").field));
  EXPECT_FALSE(IsScalar(Scalar("rule").field));
  EXPECT_FALSE(IsScalar(Scalar("texts").field));
}

TEST(ScalarTest, DescribesWhatIsWanted) {
  EXPECT_EQ(Wanted(Scalar("small")), "a number");
  EXPECT_EQ(Wanted(Scalar("name")), "a text");
  EXPECT_THAT(Wanted(Scalar("limit")), HasSubstr("25MiB"));
  EXPECT_THAT(Wanted(Scalar("file_mode")), HasSubstr("0660"));
  EXPECT_THAT(Wanted(Scalar("waits")), HasSubstr("5m"));
}

}  // namespace
}  // namespace postern::config
