#include "lib/daemon/open_files.h"

#include <sys/resource.h>

#include "gtest/gtest.h"

namespace postern::daemon {
namespace {

TEST(OpenFilesTest, TheSoftLimitBecomesTheHardOne) {
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit small = {.rlim_cur = 64, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &small), 0);
  RaiseOpenFilesLimit();
  rlimit after;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  EXPECT_EQ(after.rlim_max, before.rlim_max);
}

}  // namespace
}  // namespace postern::daemon
