#include "mta/rewriting/alias_value.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::rewriting {
namespace {

using ::postern::testing::StatusIs;

std::string Shown(const absl::StatusOr<std::vector<AliasItem>>& items) {
  if (!items.ok()) return std::string(items.status().message());
  const char* kinds[] = {"", "include ", "file ", "command "};
  std::vector<std::string> all;
  for (const AliasItem& item : *items) {
    all.push_back(absl::StrCat(kinds[static_cast<int>(item.kind)],
                               item.address.ToString(), item.text));
  }
  return absl::StrJoin(all, "; ");
}

TEST(AliasValueTest, ReadsWhatAliasesKnow) {
  struct Case {
    const char* why;
    const char* value;
    const char* want;
  };
  const Case cases[] = {
      {"one address", "anna@example.org", "anna@example.org"},
      {"several", "anna, bob@x.example ,", "anna; bob@x.example"},
      {"with a name", "Bob <bob@x.example>", "bob@x.example"},
      {"a quoted name", "\"B, ob\" <bob@x.example>", "bob@x.example"},
      {"a quoted local part", "\"a b\"", "\"a b\""},
      {"a backslash", "\\anna, bob", "anna; bob"},
      {"an include", ":include:/etc/list", "include /etc/list"},
      {"a file", "/dev/null", "file /dev/null"},
      {"a command", "|/bin/x", "command /bin/x"},
      {"a quoted command", "\"|/bin/x -a \\\"b, c\\\"\", d",
       "command /bin/x -a \"b, c\"; d"},
      {"quotes inside a command", "|\"/bin/x a\"", "command \"/bin/x a\""},
      {"nothing", "", ""},
      {"an empty command", "\"|\"", "\"\"|\"\" names nothing"},
      {"blanks divide", "anna bob c@x.example", "anna; bob; c@x.example"},
      {"no address", "a@b@c", "\"a@b@c\" is not an address"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Shown(ParseAliasValue(c.value)), c.want) << c.why;
  }
}

TEST(AliasValueTest, AnIncludedFileHasValuesInItsLines) {
  EXPECT_EQ(Shown(ParseInclude("# list\nanna, bob\n\n  c@x.example\n")),
            "anna; bob; c@x.example");
  EXPECT_THAT(ParseInclude("anna\nb@c@d\n").status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace postern::mta::rewriting
