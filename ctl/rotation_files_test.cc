#include "ctl/rotation_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/dkim/test_keys.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RotationFilesTest : public ::testing::Test {
 protected:
  RotationFilesTest() {
    EXPECT_THAT(WriteFile(key_, dkim::kRsa2048Key), IsOk());
    EXPECT_THAT(WriteFile(table_, Table("old")), IsOk());
  }
  std::string Table(const std::string& selector) const {
    return absl::StrCat("# keys\nx a.example:", selector, ":", key_,
                        "\ny b.example:old:", key_, "\nz a.example:", selector,
                        ":", key_, "\n");
  }
  dkim::Rotation Rotation(const std::string& domain = "a.example") const {
    return {.domain = domain,
            .type = dkim::KeyType::kRsa,
            .selector = "new",
            .old_selectors = {"old"},
            .path = key_,
            .since = absl::FromUnixSeconds(1),
            .due = absl::FromUnixSeconds(2),
            .failure = ""};
  }

  const testing::TempDir dir_;
  const std::string key_ = dir_.path() + "/key";
  const std::string table_ = dir_.path() + "/table";
  const RotationFiles files_{table_};
};

TEST_F(RotationFilesTest, NoListIsAnEmptyOne) {
  EXPECT_THAT(files_.Read(), IsOkAndHolds(IsEmpty()));
}

TEST_F(RotationFilesTest, ARotationIsPutReplacedAndRemoved) {
  ASSERT_THAT(files_.Put(Rotation()), IsOk());
  ASSERT_THAT(files_.Put(Rotation("b.example")), IsOk());
  dkim::Rotation later = Rotation();
  later.phase = dkim::RotationPhase::kRevoked;
  ASSERT_THAT(files_.Put(later), IsOk());
  EXPECT_THAT(files_.Read(),
              IsOkAndHolds(ElementsAre(later, Rotation("b.example"))));
  ASSERT_THAT(files_.Remove(later), IsOk());
  EXPECT_THAT(files_.Read(), IsOkAndHolds(ElementsAre(Rotation("b.example"))));
}

TEST_F(RotationFilesTest, ADamagedListIsNotOverwritten) {
  const std::string list = table_ + ".rotations";
  ASSERT_THAT(WriteFile(list, "# x\nnonsense\n"), IsOk());
  EXPECT_THAT(files_.Put(Rotation()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr(list + ": line 2: ")));
  EXPECT_THAT(ReadFile(list), IsOkAndHolds("# x\nnonsense\n"));
}

TEST_F(RotationFilesTest, OnlyLinesOfTheDomainGetTheNewKey) {
  ASSERT_THAT(files_.Switch(Rotation()), IsOk());
  EXPECT_THAT(ReadFile(table_), IsOkAndHolds(Table("new")));
  // Once more does no harm.
  ASSERT_THAT(files_.Switch(Rotation()), IsOk());
  EXPECT_THAT(ReadFile(table_), IsOkAndHolds(Table("new")));
}

TEST_F(RotationFilesTest, TheTableStaysAsPrivateAsItWas) {
  ASSERT_EQ(::chmod(table_.c_str(), 0600), 0);
  ASSERT_THAT(files_.Switch(Rotation()), IsOk());
  struct stat facts;
  ASSERT_EQ(::stat(table_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
}

TEST_F(RotationFilesTest, KeysOfOthersAreNotRead) {
  ASSERT_THAT(WriteFile(table_, absl::StrCat("x a.example:old:", key_,
                                             "\ny b.example:old:/gone\n")),
              IsOk());
  const auto lines = files_.Lines("a.example", dkim::KeyType::kRsa);
  ASSERT_THAT(lines, IsOk());
  EXPECT_EQ(lines->size(), 1u);
  EXPECT_THAT(files_.Lines("a.example", dkim::KeyType::kEd25519),
              IsOkAndHolds(IsEmpty()));
}

TEST_F(RotationFilesTest, ManyRotationsSideBySideAreAllKept) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this, i] {
      for (int j = 0; j < 5; ++j) {
        EXPECT_THAT(
            files_.Put(Rotation(absl::StrCat("d", i, "-", j, ".example"))),
            IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(files_.Read()->size(), 40u);
}

}  // namespace
}  // namespace postern::ctl
