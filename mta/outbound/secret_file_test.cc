#include "mta/outbound/secret_file.h"

#include <sys/stat.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::StartsWith;

TEST(SecretFileTest, OnlyTheOwnerAndTheGroupMayReadIt) {
  const testing::TempDir dir;
  const std::string file = dir.path() + "/secret";
  EXPECT_THAT(CheckSecretFile(file), IsOk());  // It is not there.
  ASSERT_TRUE(WriteFile(file, "x").ok());
  for (const int mode : {0600, 0400, 0640, 0440}) {
    ASSERT_EQ(::chmod(file.c_str(), mode), 0);
    EXPECT_THAT(CheckSecretFile(file), IsOk()) << mode;
  }
  for (const int mode : {0644, 0604, 0602, 0660, 0601}) {
    ASSERT_EQ(::chmod(file.c_str(), mode), 0);
    EXPECT_THAT(CheckSecretFile(file),
                StatusIs(absl::StatusCode::kInvalidArgument, StartsWith(file)))
        << mode;
  }
}

}  // namespace
}  // namespace postern::mta::outbound
