#include "mta/rewriting/include_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::rewriting {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;

class IncludeFileTest : public ::testing::Test {
 protected:
  IncludeFileTest() { EXPECT_THAT(WriteFile(path_, "a\nb\n", 0644), IsOk()); }

  testing::TempDir dir_;
  const std::string path_ = dir_.path() + "/list";
};

TEST_F(IncludeFileTest, AFileOfOursIsRead) {
  EXPECT_EQ(ReadIncludeFile(path_).value(), "a\nb\n");
}

// MTA-33.
TEST_F(IncludeFileTest, AFileThatOthersCanWriteToIsNotRead) {
  for (const mode_t mode : {0664, 0646}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    EXPECT_THAT(ReadIncludeFile(path_).status(),
                StatusIs(absl::StatusCode::kPermissionDenied));
  }
  if (::geteuid() != 0) return;
  ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
  ASSERT_EQ(::chown(path_.c_str(), 4711, 4711), 0);
  EXPECT_THAT(ReadIncludeFile(path_).status(),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_F(IncludeFileTest, OnlyAPlainFileIsRead) {
  const std::string link = dir_.path() + "/link";
  std::filesystem::create_symlink(path_, link);
  EXPECT_FALSE(ReadIncludeFile(link).ok());
  const std::string pipe = dir_.path() + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(ReadIncludeFile(pipe).ok());
  EXPECT_FALSE(ReadIncludeFile(dir_.path()).ok());
  EXPECT_FALSE(ReadIncludeFile("list").ok());
  EXPECT_FALSE(ReadIncludeFile("").ok());
  EXPECT_THAT(ReadIncludeFile(dir_.path() + "/none").status(),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(IncludeFileTest, ATooLargeFileIsNotRead) {
  ASSERT_THAT(WriteFile(path_, std::string(5 << 20, 'x'), 0644), IsOk());
  EXPECT_THAT(ReadIncludeFile(path_).status(),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

}  // namespace
}  // namespace postern::mta::rewriting
