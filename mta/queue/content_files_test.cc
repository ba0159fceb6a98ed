#include "mta/queue/content_files.h"

#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "mta/queue/unsynced_file_system.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr QueueId kId = {1};
constexpr QueueId kOther = {2};

class ContentFilesTest : public ::testing::Test {
 protected:
  std::unique_ptr<ContentFiles> Open() {
    return ContentFiles::Open(dir_.path(), disk_.env()).value();
  }
  void Write(ContentFiles& files, QueueId id, const std::string& record) {
    auto file = files.Create(id);
    ASSERT_THAT(file, IsOk());
    ASSERT_THAT((*file)->Append(record), IsOk());
    ASSERT_THAT((*file)->Sync(), IsOk());
  }
  std::string PathOf(QueueId id) const {
    return dir_.path() + "/contents/" + id.ToString();
  }

  const testing::TempDir dir_;
  UnsyncedFileSystem disk_;
};

TEST_F(ContentFilesTest, AreThereAfterAPowerCutOnceTheyAreSynced) {
  {
    const auto files = Open();
    Write(*files, kId, "synced");
    ASSERT_THAT((*files->Create(kOther))->Append("not synced"), IsOk());
  }
  disk_.Recover(/*seed=*/1);
  EXPECT_THAT(ReadFile(PathOf(kId)), IsOkAndHolds("synced"));
}

TEST_F(ContentFilesTest, AreGivenBackAtAnyOffset) {
  const auto files = Open();
  Write(*files, kId, "0123456789");
  const auto file = files->OpenToRead(kId);
  ASSERT_THAT(file, IsOk());
  char scratch[4];
  rocksdb::Slice read;
  EXPECT_TRUE((*file)->Read(8, sizeof(scratch), &read, scratch).ok());
  EXPECT_EQ(read.ToString(), "89");
}

TEST_F(ContentFilesTest, SayWhoHasOne) {
  const auto files = Open();
  Write(*files, kId, "x");
  Write(*files, kOther, "y");
  ASSERT_THAT(WriteFile(dir_.path() + "/contents/README", "not ours"), IsOk());
  EXPECT_THAT(files->Ids(), IsOkAndHolds(UnorderedElementsAre(kId, kOther)));
  EXPECT_THAT(files->OpenToRead(QueueId{3}),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ContentFilesTest, AreDeletedBeforeTheProgramEnds) {
  {
    const auto files = Open();
    Write(*files, kId, "x");
    files->DeleteLater(kId);
    files->DeleteLater(kOther);  // There is none.
  }
  EXPECT_THAT(Open()->Ids(), IsOkAndHolds(IsEmpty()));
}

// An import may bring a message back under its old name.
TEST_F(ContentFilesTest, AreNotDeletedOnceTheyAreMadeAnew) {
  const auto files = Open();
  for (int i = 0; i < 100; ++i) {
    Write(*files, kId, "old");
    files->DeleteLater(kId);
    Write(*files, kId, "new");
    EXPECT_THAT(ReadFile(PathOf(kId)), IsOkAndHolds("new"));
  }
  files->DeleteLater(kOther);
}

TEST_F(ContentFilesTest, AreKeptElsewhere) {
  const auto files = Open();
  Write(*files, kId, "x");
  ASSERT_THAT(files->Keep(kId, dir_.path()), IsOk());
  EXPECT_THAT(files->Ids(), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(ReadFile(dir_.path() + "/" + kId.ToString() + ".content"),
              IsOkAndHolds("x"));
}

TEST_F(ContentFilesTest, TellWhatTheDiskSays) {
  const auto files = Open();
  const auto file = files->Create(kId);
  ASSERT_THAT(file, IsOk());
  disk_.Fail(UnsyncedFileSystem::Operation::kAppend,
             rocksdb::IOStatus::NoSpace("no space"));
  EXPECT_THAT((*file)->Append("x"),
              StatusIs(absl::StatusCode::kResourceExhausted));
  disk_.Fail(UnsyncedFileSystem::Operation::kSync,
             rocksdb::IOStatus::IOError("broken"));
  EXPECT_THAT((*file)->Sync(), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace postern::mta::queue
