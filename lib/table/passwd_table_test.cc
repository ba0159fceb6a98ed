#include "lib/table/passwd_table.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::table {
namespace {

using ::postern::testing::StatusIs;
using ::testing::Optional;
using ::testing::StartsWith;

class PasswdTableTest : public ::testing::Test {
 protected:
  std::optional<std::string> Find(absl::string_view table,
                                  absl::string_view key) {
    const std::unique_ptr<Table> opened = PasswdTable::Create(table).value();
    // Once from the system, once remembered.
    const auto first = runtime_->BlockOn(opened->Find(key));
    const auto second = runtime_->BlockOn(opened->Find(key));
    EXPECT_EQ(first.value(), second.value());
    return *first;
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(PasswdTableTest, AUserIsThere) {
  EXPECT_THAT(Find("passwd.byname", "root"),
              Optional(StartsWith("root:x:0:0:")));
  EXPECT_THAT(Find("passwd.byname", "Root"),
              Optional(StartsWith("root:x:0:0:")));
  EXPECT_THAT(Find("group.byname", "root"), Optional(StartsWith("root:x:0:")));
}

TEST_F(PasswdTableTest, WhoIsNobodyIsNotThere) {
  for (const std::string& key :
       {std::string("nobody-of-this-name"), std::string(),
        std::string("root@x"), std::string("ro:ot"), std::string("root\0x", 6),
        std::string(1000, 'a')}) {
    EXPECT_EQ(Find("passwd.byname", key), std::nullopt) << key;
    EXPECT_EQ(Find("group.byname", key), std::nullopt) << key;
  }
}

TEST_F(PasswdTableTest, OtherNamesAreNoTables) {
  EXPECT_THAT(PasswdTable::Create("shadow.byname").status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(Open("proxy:unix:passwd.byname", {}).ok());
  EXPECT_TRUE(Open("unix:passwd.byname", {}).ok());
  EXPECT_THAT(Open("unix:passwd.byname").status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace postern::table
