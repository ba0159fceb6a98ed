#include "lib/table/spec.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::table {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<std::vector<std::string>> Nested(absl::string_view text) {
  return NestedSpecs(ParseSpec(text).value());
}

TEST(SpecTest, SplitsAtTheFirstColon) {
  const Spec spec = ParseSpec("inline:{a=b:c}").value();
  EXPECT_EQ(spec.kind, "inline");
  EXPECT_EQ(spec.rest, "{a=b:c}");
  EXPECT_EQ(ParseSpec("static:").value().rest, "");
}

TEST(SpecTest, ListsNestedSpecs) {
  EXPECT_THAT(Nested("unionmap:{hash:/a}"),
              IsOkAndHolds(ElementsAre("hash:/a")));
  EXPECT_THAT(Nested("unionmap:{hash:/a,hash:/b hash:/c,, }"),
              IsOkAndHolds(ElementsAre("hash:/a", "hash:/b", "hash:/c")));
  EXPECT_THAT(
      Nested("pipemap: { inline:{a=b, {c = d}}, pipemap:{static:{x y}} }"),
      IsOkAndHolds(
          ElementsAre("inline:{a=b, {c = d}}", "pipemap:{static:{x y}}")));
}

TEST(SpecTest, SaysWhatIsWrongWithAList) {
  struct Case {
    const char* text;
    const char* want;
  };
  const Case cases[] = {
      {"unionmap:", "the braces do not match"},
      {"unionmap:hash:/a", "the braces do not match"},
      {"unionmap:{hash:/a", "the braces do not match"},
      {"unionmap:{hash:/a}}", "the braces do not match"},
      {"unionmap:{hash:/a}x", "the braces do not match"},
      {"unionmap:{a}{b}", "the braces do not match"},
      {"pipemap:{ , }", "pipemap:{table, table} is wanted"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Nested(c.text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.want)))
        << c.text;
  }
}

TEST(SpecTest, WantsAKind) {
  for (const char* text : {"", "/etc/aliases", ":", ":/a"}) {
    EXPECT_THAT(ParseSpec(text), StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr("is not a table")))
        << text;
  }
}

}  // namespace
}  // namespace postern::table
