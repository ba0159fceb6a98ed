#include "lib/table/file_table.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/table/entry_snapshot.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::table {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::StartsWith;

class FileTableTest : public ::testing::Test {
 protected:
  void Write(const std::string& content) {
    ASSERT_THAT(WriteFile(path_, content), IsOk());
  }
  std::unique_ptr<Table> Opened() {
    return FileTable::Open(path_, ParseHash).value();
  }

  const ::postern::testing::TempDir dir_;
  const std::string path_ = dir_.path() + "/table";
};

TEST_F(FileTableTest, FollowsItsFile) {
  Write("a 1\n");
  const auto table = Opened();
  EXPECT_THAT(table->Lookup("a"), Optional(Eq("1")));
  EXPECT_THAT(table->Refresh(), IsOkAndHolds(false));
  Write("a 2\n");
  EXPECT_THAT(table->Lookup("a"), Optional(Eq("1"))) << "not yet refreshed";
  EXPECT_THAT(table->Refresh(), IsOkAndHolds(true));
  EXPECT_THAT(table->Lookup("a"), Optional(Eq("2")));
  EXPECT_THAT(table->Refresh(), IsOkAndHolds(false));
}

TEST_F(FileTableTest, SeesThatOnlyTheTimeHasChanged) {
  Write("a 1\n");
  const auto table = Opened();
  std::filesystem::last_write_time(
      path_, std::filesystem::last_write_time(path_) + std::chrono::seconds(1));
  EXPECT_THAT(table->Refresh(), IsOkAndHolds(true));
}

TEST_F(FileTableTest, KeepsTheOldContentWhenTheNewIsWrong) {
  Write("a 1\n");
  const auto table = Opened();
  Write("a\n");
  EXPECT_THAT(table->Refresh(), StatusIs(absl::StatusCode::kInvalidArgument,
                                         StartsWith(path_ + ":1: ")));
  EXPECT_THAT(table->Lookup("a"), Optional(Eq("1")));
  EXPECT_THAT(table->Refresh(), IsOkAndHolds(false)) << "reported once";
  Write("a 3\n");
  EXPECT_THAT(table->Refresh(), IsOkAndHolds(true));
  EXPECT_THAT(table->Lookup("a"), Optional(Eq("3")));
}

TEST_F(FileTableTest, KeepsTheOldContentWhenTheFileIsGone) {
  Write("a 1\n");
  const auto table = Opened();
  std::filesystem::remove(path_);
  EXPECT_THAT(table->Refresh(), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(table->Refresh(), IsOkAndHolds(false)) << "reported once";
  EXPECT_THAT(table->Lookup("a"), Optional(Eq("1")));
  Write("a 4\n");
  EXPECT_THAT(table->Refresh(), IsOkAndHolds(true));
}

TEST_F(FileTableTest, IsNotOpenedWithoutGoodContent) {
  EXPECT_THAT(FileTable::Open(path_, ParseHash),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr(path_)));
  Write("a\n");
  EXPECT_THAT(FileTable::Open(path_, ParseHash),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(path_)));
}

TEST_F(FileTableTest, AnswersWhileItIsRefreshed) {
  Write("a 0\nb 0\n");
  const auto table = Opened();
  std::thread reader([&] {
    for (int i = 0; i < 20'000; ++i) {
      ASSERT_TRUE(table->Lookup("a").has_value());
    }
  });
  for (int i = 0; i < 50; ++i) {
    Write(absl::StrCat("a ", i, "\nb ", i, "\n"));
    ASSERT_THAT(table->Refresh(), IsOk());
  }
  reader.join();
  EXPECT_THAT(table->Lookup("b"), Optional(Eq("49")));
}

}  // namespace
}  // namespace postern::table
