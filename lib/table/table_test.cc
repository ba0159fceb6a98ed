#include "lib/table/table.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::table {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

TEST(TableTest, ShowsItsResultsAsTheyAreWritten) {
  const testing::TempDir dir;
  const std::string path = dir.path() + "/table";
  ASSERT_THAT(WriteFile(path, "/(a)/ X $1\nif /b/\n/c/ Y\nendif\n"), IsOk());
  const auto results = [](const std::string& spec) {
    std::vector<std::string> texts;
    for (const Result& result : Open(spec).value()->Results()) {
      texts.push_back(absl::StrCat(result.line, " ", result.text));
    }
    return texts;
  };
  EXPECT_THAT(results("pcre:" + path), ElementsAre("1 X $1", "3 Y"));
  EXPECT_THAT(results("inline:{{a=b c}}"), ElementsAre("0 b c"));
  EXPECT_THAT(results("static:x"), ElementsAre("0 x"));
}

TEST(TableTest, OpensFilesOfEveryKind) {
  const testing::TempDir dir;
  const std::string path = dir.path() + "/table";
  struct Case {
    const char* kind;
    const char* content;
    const char* key;
  };
  const Case cases[] = {
      {"hash", "key value\n", "KEY"},
      {"texthash", "key value\n", "key"},
      {"cidr", "192.0.2.0/24 value\n", "192.0.2.1"},
      {"regexp", "/^k.y$/ value\n", "key"},
      {"pcre", "/^k\\wy$/ value\n", "key"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.kind);
    ASSERT_THAT(WriteFile(path, c.content), IsOk());
    const auto table = Open(absl::StrCat(c.kind, ":", path));
    ASSERT_THAT(table, IsOk());
    EXPECT_THAT((*table)->Lookup(c.key), Optional(Eq("value")));
    EXPECT_THAT((*table)->Lookup("other"), Eq(std::nullopt));
    EXPECT_THAT((*table)->Refresh(), IsOkAndHolds(false));
  }
}

TEST(TableTest, GivesEveryKeyTheStaticValue) {
  EXPECT_THAT(Open("static:a b").value()->Lookup("x"), Optional(Eq("a b")));
  EXPECT_THAT(Open("static:{ a b }").value()->Lookup(""), Optional(Eq("a b")));
  EXPECT_THAT(Open("static:").value()->Lookup("x"), Optional(Eq("")));
  EXPECT_THAT(Open("static:x").value()->Refresh(), IsOkAndHolds(false));
}

TEST(TableTest, HoldsInlineEntries) {
  const auto table = Open("inline:{a=b, {c = d e}}").value();
  EXPECT_THAT(table->Lookup("a"), Optional(Eq("b")));
  EXPECT_THAT(table->Lookup("c"), Optional(Eq("d e")));
  EXPECT_THAT(table->Lookup("d"), Eq(std::nullopt));
  EXPECT_THAT(table->Refresh(), IsOkAndHolds(false));
  EXPECT_THAT(Open("inline:a, b").value()->Lookup("b"), Optional(Eq("")));
}

TEST(TableTest, FindsWhatLookupFinds) {
  const auto runtime = net::Runtime::Create({.reactors = 1}).value();
  const auto table = Open("inline:{a=b}").value();
  EXPECT_THAT(runtime->BlockOn(table->Find("A")),
              IsOkAndHolds(Optional(Eq("b"))));
  EXPECT_THAT(runtime->BlockOn(table->Find("b")),
              IsOkAndHolds(Eq(std::nullopt)));
}

TEST(TableTest, SaysWhatATableMayBe) {
  for (absl::string_view spec : {"", "/etc/aliases", "ldap:/a", "HASH:/a",
                                 "hash:", "hash", "static", "inline", ":"}) {
    EXPECT_THAT(Open(spec), StatusIs(absl::StatusCode::kInvalidArgument,
                                     HasSubstr("is not a table")))
        << spec;
  }
}

TEST(TableTest, FailsOnDemand) {
  const auto runtime = net::Runtime::Create({.reactors = 1}).value();
  const auto table = Open("fail:try later", {}).value();
  EXPECT_FALSE(table->is_local());
  EXPECT_THAT(table->Refresh(), IsOkAndHolds(false));
  EXPECT_THAT(
      runtime->BlockOn(table->Find("a")),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("fail:try later")));
}

TEST(TableTest, OpensLocalTablesOnlyWhereNothingMayBeWaitedFor) {
  for (absl::string_view spec : {"fail:x", "unionmap:{static:a, fail:x}"}) {
    EXPECT_THAT(Open(spec), StatusIs(absl::StatusCode::kInvalidArgument,
                                     HasSubstr("cannot stand here")))
        << spec;
  }
  Environment checking;
  checking.only_checks = true;
  EXPECT_THAT(Open("unionmap:{inline:{a=b}, redis:a}", checking), IsOk());
  EXPECT_THAT(Open("redis:a"), StatusIs(absl::StatusCode::kInvalidArgument,
                                        HasSubstr("no redis is configured")));
}

TEST(TableTest, BoundsTablesOfTables) {
  std::string spec = "static:a";
  for (int i = 0; i < 16; ++i) spec = absl::StrCat("pipemap:{", spec, "}");
  EXPECT_THAT(Open(spec), IsOk());
  spec = absl::StrCat("pipemap:{", spec, "}");
  EXPECT_THAT(Open(spec), StatusIs(absl::StatusCode::kInvalidArgument,
                                   HasSubstr("more than 16 deep")));
}

TEST(TableTest, SaysWhichFileCannotBeRead) {
  EXPECT_THAT(
      Open("hash:/nonexistent/table"),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nonexistent/table")));
}

TEST(TableTest, PassesOnTheErrorsOfItsContent) {
  EXPECT_THAT(Open("inline:{a"), StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr("inline: ")));
}

}  // namespace
}  // namespace postern::table
