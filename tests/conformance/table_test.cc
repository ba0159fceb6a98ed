// Postfix's own table tests (postfix-vectors/maps): the same files and keys
// give the same answers.
//
// Postfix warns about a bad line and skips it; lib/table refuses the file. So
// each line that is refused is emptied here until the file is accepted, and
// then the answers must be Postfix's.

#include "lib/table/table.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/temp_dir.h"

namespace postern::table {
namespace {

// The number in "<path>:<number>: <what>".
size_t LineOf(absl::string_view error, const std::string& path) {
  size_t line = 0;
  absl::ConsumePrefix(&error, absl::StrCat(path, ":"));
  EXPECT_TRUE(absl::SimpleAtoi(error.substr(0, error.find(':')), &line))
      << error;
  return line;
}

class TableConformanceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* const suites = std::getenv("POSTERN_CONFORMANCE");
    if (suites == nullptr || *suites == '\0') {
      GTEST_SKIP() << "POSTERN_CONFORMANCE does not name the suites' folder";
    }
    folder_ = absl::StrCat(suites, "/postfix-vectors/maps/");
  }

  std::string Read(const std::string& name) {
    return ReadFile(folder_ + name).value();
  }

  // Opens `content` as a table of `kind`, without the lines it refuses.
  std::unique_ptr<Table> Opened(const std::string& kind,
                                const std::string& content) {
    const std::string path = dir_.path() + "/table";
    std::vector<std::string> lines = absl::StrSplit(content, '\n');
    for (size_t tries = 0; tries <= lines.size(); ++tries) {
      EXPECT_TRUE(WriteFile(path, absl::StrJoin(lines, "\n")).ok());
      auto table = Open(absl::StrCat(kind, ":", path));
      if (table.ok()) return *std::move(table);
      const size_t line = LineOf(table.status().message(), path);
      if (line == 0 || line > lines.size()) break;
      lines[line - 1].clear();
    }
    ADD_FAILURE() << kind << " is never accepted";
    return nullptr;
  }

  // Compares with the reference, "key=value" or "key: not found" a line.
  static void ExpectReference(const Table& table, absl::string_view reference) {
    int compared = 0;
    std::vector<std::string> lines = absl::StrSplit(reference, '\n');
    for (size_t i = 0; i + 1 < lines.size(); ++i) {
      absl::string_view key = lines[i];
      if (!absl::ConsumePrefix(&key, "> get ")) continue;
      const auto value = table.Lookup(key);
      EXPECT_EQ(value.has_value() ? absl::StrCat(key, "=", *value)
                                  : absl::StrCat(key, ": not found"),
                lines[i + 1]);
      ++compared;
    }
    EXPECT_GE(compared, 3);
  }

  const ::postern::testing::TempDir dir_;
  std::string folder_;
};

TEST_F(TableConformanceTest, FindsInCidrTablesWhatPostfixFinds) {
  ExpectReference(*Opened("cidr", Read("dict_cidr.map")),
                  Read("dict_cidr.ref"));
}

// Three lines are ones that Postfix understands in part and we refuse: text
// after "if" and "endif", a rule without a result, and /a/!/b/.
TEST_F(TableConformanceTest, FindsInRegexpTablesWhatPostfixFinds) {
  const std::string map =
      absl::StrReplaceAll(Read("dict_regexp.map"), {{"fodder", ""}});
  const std::string reference = absl::StrReplaceAll(
      Read("dict_regexp.ref"),
      {{"\nc=\n", "\nc: not found\n"}, {"\naa=a!b\n", "\naa: not found\n"}});
  ExpectReference(*Opened("regexp", map), reference);
}

}  // namespace
}  // namespace postern::table
