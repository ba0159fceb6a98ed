#include "lib/base/file.h"

#include <cerrno>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(FileTest, ReadsBackWhatItWrote) {
  const testing::TempDir dir;
  const std::string path = dir.path() + "/a";
  ASSERT_TRUE(WriteFile(path, "one").ok());
  ASSERT_TRUE(WriteFile(path, std::string("t\0wo", 4)).ok());
  EXPECT_THAT(ReadFile(path), IsOkAndHolds(std::string("t\0wo", 4)));
}

TEST(FileTest, SaysWhichFileIsMissing) {
  EXPECT_THAT(
      ReadFile("/nonexistent/x"),
      StatusIs(absl::StatusCode::kNotFound, StartsWith("/nonexistent/x: ")));
  EXPECT_FALSE(WriteFile("/nonexistent/x", "y").ok());
}

TEST(FileTest, RefusesMoreThanTheLimit) {
  const testing::TempDir dir;
  const std::string path = dir.path() + "/a";
  ASSERT_TRUE(WriteFile(path, std::string(100, 'x')).ok());
  EXPECT_TRUE(ReadFile(path, 100).ok());
  EXPECT_THAT(ReadFile(path, 99), StatusIs(absl::StatusCode::kResourceExhausted,
                                           HasSubstr("larger than 99 bytes")));
}

TEST(FileTest, MakesEveryDirectoryOfAPath) {
  const testing::TempDir dir;
  const std::string path = dir.path() + "/a/b/c";
  ASSERT_TRUE(MakeDirectories(path).ok());
  ASSERT_TRUE(MakeDirectories(path).ok());
  EXPECT_TRUE(WriteFile(path + "/f", "x").ok());
}

TEST(FileTest, ErrnoBecomesTheMeaningItHas) {
  EXPECT_EQ(ErrnoStatus(ENOSPC, "x").code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrnoStatus(EACCES, "x").code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrnoStatus(EIO, "x").code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace postern
