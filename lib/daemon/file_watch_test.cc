#include "lib/daemon/file_watch.h"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/temp_dir.h"

namespace postern::daemon {
namespace {

TEST(FileWatchTest, NoticesEachChangeOnce) {
  const testing::TempDir dir;
  const std::string path = dir.path() + "/list";
  FileWatch watch;
  watch.Add(path);
  EXPECT_FALSE(watch.HasChanged());
  ASSERT_TRUE(WriteFile(path, "one").ok());
  EXPECT_TRUE(watch.HasChanged());
  EXPECT_FALSE(watch.HasChanged());
  // Another file under the same name, of the same size.
  ASSERT_TRUE(WriteFile(path, "two").ok());
  EXPECT_TRUE(watch.HasChanged());
  ::unlink(path.c_str());
  EXPECT_TRUE(watch.HasChanged());
}

TEST(FileWatchTest, FollowsALinkThatIsSwapped) {
  const testing::TempDir dir;
  ASSERT_TRUE(WriteFile(dir.path() + "/a", "same").ok());
  ASSERT_TRUE(WriteFile(dir.path() + "/b", "same").ok());
  const std::string link = dir.path() + "/current";
  ASSERT_EQ(::symlink("a", link.c_str()), 0);
  FileWatch watch;
  watch.Add(link);
  ASSERT_EQ(::symlink("b", (link + ".new").c_str()), 0);
  ASSERT_EQ(::rename((link + ".new").c_str(), link.c_str()), 0);
  EXPECT_TRUE(watch.HasChanged());
}

}  // namespace
}  // namespace postern::daemon
