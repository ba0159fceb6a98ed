#include "lib/redis/password_file.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::redis {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

class PasswordFileTest : public ::testing::Test {
 protected:
  std::string File(absl::string_view content) const {
    const std::string path = directory_.path() + "/password";
    EXPECT_THAT(WriteFile(path, content), IsOk());
    return path;
  }

  testing::TempDir directory_;
};

TEST_F(PasswordFileTest, ThePasswordIsTheFirstLine) {
  EXPECT_THAT(ReadPassword(File("secret")), IsOkAndHolds("secret"));
  EXPECT_THAT(ReadPassword(File("secret\n")), IsOkAndHolds("secret"));
  EXPECT_THAT(ReadPassword(File("secret\r\n")), IsOkAndHolds("secret"));
  EXPECT_THAT(ReadPassword(File(" two words \nnot this\n")),
              IsOkAndHolds(" two words "));
}

TEST_F(PasswordFileTest, AnEmptyFileIsAMistake) {
  EXPECT_THAT(ReadPassword(File("")),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(
      ReadPassword(File("\nsecret\n")),
      StatusIs(absl::StatusCode::kInvalidArgument, Not(HasSubstr("secret"))));
}

TEST_F(PasswordFileTest, AMissingFileIsNamed) {
  EXPECT_THAT(
      ReadPassword("/nowhere/password"),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nowhere/password")));
}

TEST_F(PasswordFileTest, AFileTooLargeIsNotRead) {
  EXPECT_THAT(ReadPassword(File(std::string(5000, 'x'))), Not(IsOk()));
}

}  // namespace
}  // namespace postern::redis
