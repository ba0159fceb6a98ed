#include "mta/outbound/folder.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;

TEST(FolderTest, APlainPathStaysWhereItIs) {
  for (const char* path : {"a", "example.org/anna", "a b/c"}) {
    EXPECT_TRUE(IsPlainPath(path)) << path;
  }
  for (const char* path : {"", "/a", "a/", "a//b", "..", "a/../b", ".a", "a/.b",
                           "a\nb", "a/\x01"}) {
    EXPECT_FALSE(IsPlainPath(path)) << path;
  }
  EXPECT_FALSE(IsPlainPath(std::string(256, 'a')));
}

TEST(FolderTest, FoldersAreMadeForUsAlone) {
  const testing::TempDir base;
  ASSERT_THAT(MakeFolders(base.path(), "a/b"), IsOk());
  ASSERT_THAT(MakeFolders(base.path(), "a/b"), IsOk());
  struct stat info;
  ASSERT_EQ(::stat((base.path() + "/a/b").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  EXPECT_THAT(MakeFolders(base.path() + "/none", "a"),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST(FolderTest, EveryErrorDefersWithItsOwnStatus) {
  struct Case {
    int error;
    const char* status;
  };
  const Case cases[] = {{EDQUOT, "4.2.2"}, {ENOSPC, "4.3.1"}, {EIO, "4.2.0"}};
  for (const Case& c : cases) {
    errno = c.error;
    const queue::Outcome outcome = OutcomeOfError(FileError("/x"));
    EXPECT_EQ(outcome.kind, queue::Outcome::Kind::kDeferred);
    EXPECT_EQ(outcome.status, c.status) << c.error;
  }
  EXPECT_EQ(OutcomeOfError(absl::DataLossError("x")).status, "4.3.0");
}

}  // namespace
}  // namespace postern::mta::outbound
