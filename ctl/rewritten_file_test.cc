#include "ctl/rewritten_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;

class RewrittenFileTest : public ::testing::Test {
 protected:
  const testing::TempDir dir_;
  const std::string path_ = dir_.path() + "/file";
};

TEST_F(RewrittenFileTest, KeepsItsMode) {
  ASSERT_THAT(WriteFile(path_, "old", 0600), IsOk());
  ASSERT_THAT(RewriteFile(path_, "new"), IsOk());
  EXPECT_THAT(ReadFile(path_), IsOkAndHolds("new"));
  struct stat facts;
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0600u);
}

TEST_F(RewrittenFileTest, KeepsItsOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  ASSERT_THAT(WriteFile(path_, "old"), IsOk());
  ASSERT_EQ(::chown(path_.c_str(), 12345, 54321), 0);
  ASSERT_THAT(RewriteFile(path_, "new"), IsOk());
  struct stat facts;
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_uid, 12345u);
  EXPECT_EQ(facts.st_gid, 54321u);
}

TEST_F(RewrittenFileTest, ALinkToItStaysALink) {
  ASSERT_THAT(WriteFile(path_, "old"), IsOk());
  const std::string link = dir_.path() + "/link";
  std::filesystem::create_symlink("file", link);
  ASSERT_THAT(RewriteFile(link, "new"), IsOk());
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_THAT(ReadFile(path_), IsOkAndHolds("new"));
}

TEST_F(RewrittenFileTest, AFileThatIsNotThereIsNotMade) {
  EXPECT_THAT(
      RewriteFile(path_, "new"),
      StatusIs(absl::StatusCode::kNotFound, ::testing::StartsWith(path_)));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace postern::ctl
