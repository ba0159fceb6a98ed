#include "lib/table/alias_snapshot.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::table {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Optional;

constexpr absl::string_view kAliases = R"(# The usual.
postmaster: root
Root:  anna@example.org,
    bob

"john smith": john
"a:b\"c" : x
list: :include:/etc/list, "|/bin/x y"
list: :include:/etc/list, "|/bin/x y"
)";

TEST(AliasSnapshotTest, ANameStandsForWhatIsBehindItsColon) {
  const auto snapshot = ParseAliases(kAliases, "aliases");
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  struct Case {
    const char* name;
    const char* value;
  };
  const Case cases[] = {
      {"postmaster", "root"},
      {"ROOT", "anna@example.org,    bob"},
      {"john smith", "john"},
      {"a:b\"c", "x"},
      {"list", ":include:/etc/list, \"|/bin/x y\""},
  };
  for (const Case& c : cases) {
    EXPECT_THAT((*snapshot)->Find(c.name), Optional(std::string(c.value)))
        << c.name;
  }
  EXPECT_EQ((*snapshot)->Find("bob"), std::nullopt);
}

TEST(AliasSnapshotTest, NamesTheLineAtFault) {
  struct Case {
    const char* why;
    const char* text;
    const char* line;
  };
  const Case cases[] = {
      {"no colon", "a: b\nc d\n", "f:2: "},
      {"no name", ": b\n", "f:1: "},
      {"no value", "a:\n", "f:1: "},
      {"quote not ended", "\"a: b\n", "f:1: "},
      {"backslash at the end", "\"a\\", "f:1: "},
      {"another value", "a: b\nb: c\nA: d\n", "f:3: "},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(ParseAliases(c.text, "f").status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.line)))
        << c.why;
  }
}

}  // namespace
}  // namespace postern::table
