#include "mta/routing/table_list.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::routing {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Optional;
using ::testing::StartsWith;

absl::Status AllButBad(absl::string_view value) {
  return value == "bad" ? absl::InvalidArgumentError("is bad")
                        : absl::OkStatus();
}

class TableListTest : public ::testing::Test {
 protected:
  absl::Status Open(const std::vector<std::string>& specs) {
    const google::protobuf::RepeatedPtrField<std::string> list(specs.begin(),
                                                               specs.end());
    return tables_.Open("field", list, table::Environment(), AllButBad);
  }

  absl::StatusOr<std::optional<std::string>> Find(
      std::vector<std::string> keys) {
    return runtime_->BlockOn(tables_.Find(std::move(keys)));
  }

  TableList tables_;
  const testing::TempDir dir_;
  const std::string file_ = dir_.path() + "/table";
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(TableListTest, TheFirstKeyThatAnyTableHasCounts) {
  ASSERT_THAT(Open({"inline:{b=1}", "inline:{a=2, b=3}"}), IsOk());
  EXPECT_THAT(Find({"a", "b"}), IsOkAndHolds(Optional(std::string("2"))));
  EXPECT_THAT(Find({"b", "a"}), IsOkAndHolds(Optional(std::string("1"))));
  EXPECT_THAT(Find({"c"}), IsOkAndHolds(std::nullopt));
}

TEST_F(TableListTest, PatternsAreAskedForTheWholeAddressOnly) {
  ASSERT_TRUE(WriteFile(file_, "/^@(b)/ found $1\n").ok());
  ASSERT_THAT(Open({"regexp:" + file_}), IsOk());
  EXPECT_THAT(Find({"a@b", "@b"}), IsOkAndHolds(std::nullopt));
  EXPECT_THAT(Find({"@b"}), IsOkAndHolds(Optional(std::string("found b"))));
}

TEST_F(TableListTest, AWrongValueIsToldWithItsTable) {
  ASSERT_TRUE(WriteFile(file_, "a good\nb bad\n").ok());
  EXPECT_THAT(Open({"hash:" + file_}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       absl::StrCat("field: hash:", file_, ": is bad")));
  EXPECT_THAT(Open({"nothing"}), StatusIs(absl::StatusCode::kInvalidArgument,
                                          StartsWith("field: ")));
}

TEST_F(TableListTest, AFileThatHasChangedIsReadAgain) {
  EXPECT_TRUE(tables_.empty());
  ASSERT_TRUE(WriteFile(file_, "a 1\n").ok());
  ASSERT_THAT(Open({"hash:" + file_}), IsOk());
  EXPECT_FALSE(tables_.empty());
  ASSERT_TRUE(WriteFile(file_, "a 1234\n").ok());
  EXPECT_THAT(tables_.Refresh(), IsOk());
  EXPECT_THAT(Find({"a"}), IsOkAndHolds(Optional(std::string("1234"))));
}

TEST(SenderKeysTest, AreTheAddressAndItsDomain) {
  EXPECT_THAT(SenderKeys("A@Example.ORG", "<>"),
              ElementsAre("A@example.org", "@example.org"));
  EXPECT_THAT(SenderKeys("", "<>"), ElementsAre("<>"));
  EXPECT_THAT(SenderKeys("root", "<>"), ElementsAre("root"));
}

}  // namespace
}  // namespace postern::mta::routing
