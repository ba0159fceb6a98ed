#include "ctl/output_file.h"

#include <sys/stat.h>

#include <string>

#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;

class OutputFileTest : public ::testing::Test {
 protected:
  const testing::TempDir dir_;
  const std::string path_ = dir_.path() + "/file";
};

TEST_F(OutputFileTest, HasWhatWasWrittenOnceItIsSynced) {
  absl::StatusOr<OutputFile> file = OutputFile::Create(path_);
  ASSERT_THAT(file, IsOk());
  EXPECT_THAT(file->Write("one "), IsOk());
  EXPECT_THAT(file->Write("two"), IsOk());
  EXPECT_THAT(file->Sync(), IsOk());
  EXPECT_THAT(ReadFile(path_), IsOkAndHolds("one two"));
  EXPECT_THAT(file->Write(std::string(1 << 20, 'x')), IsOk());
  EXPECT_THAT(file->Sync(), IsOk());
  EXPECT_EQ(ReadFile(path_)->size(), (1u << 20) + 7);
}

TEST_F(OutputFileTest, OverwritesNothing) {
  ASSERT_THAT(WriteFile(path_, "precious"), IsOk());
  EXPECT_THAT(OutputFile::Create(path_),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(ReadFile(path_), IsOkAndHolds("precious"));
}

TEST_F(OutputFileTest, IsForItsOwnerOnly) {
  ASSERT_THAT(OutputFile::Create(path_), IsOk());
  struct stat facts;
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
}

TEST_F(OutputFileTest, CanBeTakenBack) {
  absl::StatusOr<OutputFile> file = OutputFile::Create(path_);
  ASSERT_THAT(file, IsOk());
  file->Remove();
  EXPECT_THAT(ReadFile(path_), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(OutputFileTest, SaysWhatTheDiskSays) {
  EXPECT_THAT(OutputFile::Create(dir_.path() + "/no/such/folder"),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace postern::ctl
