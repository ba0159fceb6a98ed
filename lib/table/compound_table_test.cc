#include "lib/table/compound_table.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
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
using ::testing::Eq;
using ::testing::HasSubstr;

class CompoundTableTest : public ::testing::Test {
 protected:
  // What Find() says; "none" for nothing.
  absl::StatusOr<std::string> Found(const Table& table, absl::string_view key) {
    const absl::StatusOr<std::optional<std::string>> value =
        runtime_->BlockOn(table.Find(key));
    if (!value.ok()) return value.status();
    return value->value_or("none");
  }
  absl::StatusOr<std::string> Found(absl::string_view spec,
                                    absl::string_view key) {
    return Found(*Open(spec, {}).value(), key);
  }

  const std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
};

TEST_F(CompoundTableTest, AskedEitherWayTheAnswerIsTheSame) {
  struct Case {
    const char* why;
    const char* spec;
    const char* key;
    const char* want;
  };
  const Case cases[] = {
      {"a union of one", "unionmap:{inline:{a=b}}", "a", "b"},
      {"joined", "unionmap:{inline:{a=b}, static:c, inline:{a=d}}", "a",
       "b,c,d"},
      {"some have nothing", "unionmap:{inline:{x=y}, static:c}", "a", "c"},
      {"none has anything", "unionmap:{inline:{x=y}, inline:{z=y}}", "a",
       "none"},
      {"a pipe of one", "pipemap:{inline:{a=b}}", "a", "b"},
      {"from one to the next", "pipemap:{inline:{a=b}, inline:{b=c}}", "a",
       "c"},
      {"ends at the first", "pipemap:{inline:{b=c}, static:x}", "a", "none"},
      {"ends at the last", "pipemap:{static:x, inline:{a=b}}", "a", "none"},
      {"a union in a pipe",
       "pipemap:{unionmap:{inline:{a=b} static:c}, inline:{{b,c = d}}}", "a",
       "d"},
      {"a pipe in a union",
       "unionmap:{pipemap:{static:x, inline:{x=y}}, static:{c d}}", "a",
       "y,c d"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(Found(c.spec, c.key), IsOkAndHolds(c.want));
    EXPECT_EQ(Open(c.spec).value()->Lookup(c.key).value_or("none"), c.want);
  }
}

TEST_F(CompoundTableTest, AnErrorOfOneIsTheErrorOfAll) {
  for (absl::string_view spec :
       {"unionmap:{static:a, fail:broken}", "unionmap:{fail:broken, static:a}",
        "pipemap:{static:a, fail:broken}"}) {
    EXPECT_THAT(Found(spec, "x"),
                StatusIs(absl::StatusCode::kUnavailable, HasSubstr("broken")))
        << spec;
  }
  EXPECT_THAT(Found("pipemap:{inline:{a=b}, fail:broken}", "x"),
              IsOkAndHolds("none"))
      << "nobody asked it";
}

TEST_F(CompoundTableTest, FollowsTheFilesInside) {
  const testing::TempDir dir;
  const std::string good = dir.path() + "/good";
  const std::string bad = dir.path() + "/bad";
  ASSERT_THAT(WriteFile(good, "a b\n"), IsOk());
  ASSERT_THAT(WriteFile(bad, "a c\n"), IsOk());
  const auto table =
      Open(absl::StrCat("unionmap:{hash:", bad, ", hash:", good, "}")).value();
  EXPECT_THAT(table->Refresh(), IsOkAndHolds(false));
  ASSERT_THAT(WriteFile(good, "a bb\n"), IsOk());
  EXPECT_THAT(table->Refresh(), IsOkAndHolds(true));
  EXPECT_THAT(Found(*table, "a"), IsOkAndHolds("c,bb"));
  ASSERT_THAT(WriteFile(bad, "\"unfinished\n"), IsOk());
  ASSERT_THAT(WriteFile(good, "a bbb\n"), IsOk());
  EXPECT_THAT(table->Refresh(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(bad)));
  EXPECT_THAT(Found(*table, "a"), IsOkAndHolds("c,bbb"));
}

TEST_F(CompoundTableTest, IsAsLocalAsAllItsTables) {
  EXPECT_TRUE(Open("unionmap:{static:a}", {}).value()->is_local());
  EXPECT_FALSE(Open("unionmap:{static:a, fail:x}", {}).value()->is_local());
}

}  // namespace
}  // namespace postern::table
