#include "lib/table/entries.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::table {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(EntriesTest, AreAllThatATableLists) {
  EXPECT_THAT(ReadEntries("inline:{B=1, {a = c d}}"),
              IsOkAndHolds(ElementsAre(Pair("a", "c d"), Pair("b", "1"))));
  const testing::TempDir dir;
  const std::string path = dir.path() + "/table";
  ASSERT_THAT(WriteFile(path, "# names\nA.example  x\n"), IsOk());
  for (const char* kind : {"hash:", "texthash:"}) {
    EXPECT_THAT(ReadEntries(kind + path),
                IsOkAndHolds(ElementsAre(Pair("a.example", "x"))));
  }
}

TEST(EntriesTest, OtherKindsCannotBeReadAsAWhole) {
  EXPECT_THAT(ReadEntries("static:x"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("hash:, texthash: or inline:")));
  EXPECT_THAT(ReadEntries("hash:/nonexistent/table"),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace postern::table
