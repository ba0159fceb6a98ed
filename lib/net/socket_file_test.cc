#include "lib/net/socket_file.h"

#include <sys/stat.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::net {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

TEST(SocketFileTest, SetsTheMode) {
  const testing::TempDir dir;
  const std::string path = dir.path() + "/s";
  ASSERT_THAT(WriteFile(path, ""), IsOk());
  EXPECT_THAT(SetSocketFile(path, 0640, ""), IsOk());
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
}

TEST(SocketFileTest, SaysWhoDoesNotExist) {
  const testing::TempDir dir;
  const std::string path = dir.path() + "/s";
  ASSERT_THAT(WriteFile(path, ""), IsOk());
  EXPECT_THAT(SetSocketFile(path, 0640, "no-such-user"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("no user \"no-such-user\"")));
  EXPECT_THAT(SetSocketFile(path, 0640, ":no-such-group"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("no group \"no-such-group\"")));
}

TEST(SocketFileTest, SaysThatThereIsNoFile) {
  EXPECT_THAT(SetSocketFile("/nowhere/s", 0640, ""),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nowhere/s")));
}

}  // namespace
}  // namespace postern::net
