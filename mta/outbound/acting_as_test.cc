#include "mta/outbound/acting_as.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"
#include "lib/base/unique_fd.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::outbound {
namespace {

uid_t OwnerOfNewFile(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT, 0600));
  struct stat info = {};
  if (!fd.is_open() || ::fstat(fd.get(), &info) != 0) return -1;
  return info.st_uid;
}

TEST(ActingAsTest, WithoutAnOwnerNothingChanges) {
  const testing::TempDir dir;
  const ActingAs acting(std::nullopt);
  EXPECT_TRUE(acting.ok());
  EXPECT_EQ(OwnerOfNewFile(dir.path() + "/a"), ::geteuid());
}

TEST(ActingAsTest, FilesBelongToTheOwnerUntilTheEndOfTheBlock) {
  const testing::TempDir dir;
  const uid_t own = ::geteuid();
  ASSERT_EQ(::chmod(dir.path().c_str(), 0777), 0);
  {
    const ActingAs acting(FileOwner{4711, 4711});
    EXPECT_TRUE(acting.ok());
    // Whoever is not root stays who he is.
    EXPECT_EQ(OwnerOfNewFile(dir.path() + "/a"), own == 0 ? 4711 : own);
  }
  EXPECT_EQ(OwnerOfNewFile(dir.path() + "/b"), own);
}

TEST(ActingAsTest, TheOwnerMayOnlyDoWhatIsAllowed) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const testing::TempDir dir;
  ASSERT_EQ(::chmod(dir.path().c_str(), 0700), 0);
  const ActingAs acting(FileOwner{4711, 4711});
  EXPECT_EQ(OwnerOfNewFile(dir.path() + "/a"), static_cast<uid_t>(-1));
}

}  // namespace
}  // namespace postern::mta::outbound
