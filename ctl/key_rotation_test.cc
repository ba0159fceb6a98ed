#include "ctl/key_rotation.h"

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/base/file.h"
#include "lib/dkim/test_keys.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Phase = dkim::RotationPhase;

// A rotation of example.org from `old` to `new`, and a DNS that says what the
// test has it say.
class KeyRotationTest : public ::testing::Test {
 protected:
  KeyRotationTest() {
    Write("new.private", dkim::kRsa2048Key);
    Write("table",
          absl::StrCat("x example.org:old:", Path("new.private"), "\n"));
  }

  std::string Path(const std::string& name) { return dir_.path() + "/" + name; }
  void Write(const std::string& name, const std::string& text) {
    EXPECT_THAT(WriteFile(Path(name), text), IsOk());
  }
  // The DNS has these records from now on.
  void SetDns(const std::vector<std::string>& lines) {
    std::string text = "example.org. 300 IN A 192.0.2.1\n";
    for (const std::string& line : lines) absl::StrAppend(&text, line, "\n");
    Write("known", text);
  }
  std::string NewRecord() {
    const std::string text = dkim::RecordOf(dkim::TestRsaKey());
    return absl::StrCat("new._domainkey.example.org. 300 IN TXT \"",
                        text.substr(0, 200), "\" \"", text.substr(200), "\"");
  }
  static std::string OldRecord(const std::string& p) {
    return absl::StrCat(
        "old._domainkey.example.org. 300 IN TXT \"v=DKIM1; p=", p, "\"");
  }

  // Goes on with the rotation as the list has it, or as it begins.
  absl::Status Advance(std::vector<std::string> words = {}) {
    words.insert(words.end(), {"--key-table", Path("table"), "--dns-records",
                               Path("known")});
    out_.str("");
    const auto steps = KeyRotation::Create(
        Arguments::Parse(words, KeyRotation::syntax()).value(), clock_, out_);
    EXPECT_THAT(steps, IsOk());
    const auto list = steps->files().Read();
    EXPECT_THAT(list, IsOk());
    return steps->Advance(list->empty() ? Beginning() : list->front());
  }
  dkim::Rotation Beginning() {
    return {.domain = "example.org",
            .type = dkim::KeyType::kRsa,
            .selector = "new",
            .old_selectors = {"old"},
            .path = Path("new.private"),
            .since = clock_.Now(),
            .due = clock_.Now(),
            .failure = ""};
  }
  std::vector<dkim::Rotation> List() {
    return RotationFiles(Path("table")).Read().value();
  }

  const testing::TempDir dir_;
  std::ostringstream out_;
  FakeClock clock_;
};

TEST_F(KeyRotationTest, GoesThroughAllPhasesInTime) {
  SetDns({OldRecord("AAAA"), NewRecord()});
  ASSERT_THAT(Advance(), IsOk());
  ASSERT_EQ(List().front().phase, Phase::kSwitched);
  EXPECT_EQ(List().front().due, clock_.Now() + absl::Hours(7 * 24));

  clock_.Advance(absl::Hours(7 * 24) - absl::Seconds(1));
  ASSERT_THAT(Advance(), IsOk());
  EXPECT_EQ(List().front().phase, Phase::kSwitched);
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(Advance(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                  HasSubstr("the old key is not revoked")));
  EXPECT_THAT(out_.str(),
              HasSubstr("old._domainkey.example.org.\tIN\tTXT\t( \"v=DKIM1; "
                        "p=\" )  ; ----- revoked\n"));
  SetDns({OldRecord(""), NewRecord()});
  ASSERT_THAT(Advance(), IsOk());
  ASSERT_EQ(List().front().phase, Phase::kRevoked);
  EXPECT_EQ(List().front().due, clock_.Now() + absl::Hours(30 * 24));

  clock_.Advance(absl::Hours(30 * 24));
  EXPECT_THAT(Advance(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                  HasSubstr("the old record is still there")));
  SetDns({NewRecord()});
  ASSERT_THAT(Advance(), IsOk());
  EXPECT_THAT(out_.str(), HasSubstr("example.org: is rotated to new"));
  EXPECT_THAT(List(), IsEmpty());
}

TEST_F(KeyRotationTest, WithoutWaitsAllIsOneRun) {
  SetDns({NewRecord()});
  ASSERT_THAT(Advance({"--keep-old", "0s", "--keep-revoked", "0s"}), IsOk());
  EXPECT_THAT(List(), IsEmpty());
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("mail is signed with new now"),
                                HasSubstr("old is revoked"),
                                HasSubstr("is rotated to new")));
}

TEST_F(KeyRotationTest, WaitingIsNoFailure) {
  SetDns({});
  EXPECT_THAT(Advance(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                  HasSubstr("there is no record; nothing was "
                                            "switched, run this again")));
  EXPECT_EQ(List().front().phase, Phase::kPublished);
  EXPECT_EQ(List().front().failure, "");
}

TEST_F(KeyRotationTest, AFailureIsKeptUntilItIsOver) {
  SetDns({NewRecord()});
  EXPECT_THAT(Advance({"--records", Path("missing")}),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(List().front().failure, HasSubstr("missing"));
  ASSERT_THAT(Advance(), IsOk());
  EXPECT_EQ(List().front().failure, "");
  EXPECT_EQ(List().front().phase, Phase::kSwitched);
}

TEST_F(KeyRotationTest, APhaseBeginsWhenItsStepIsDone) {
  SetDns({NewRecord()});
  const absl::Time began = clock_.Now();
  EXPECT_THAT(Advance({"--records", Path("missing")}),
              StatusIs(absl::StatusCode::kNotFound));
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Advance({"--records", Path("missing")}),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(List().front().since, began);
  ASSERT_THAT(Advance(), IsOk());
  EXPECT_EQ(List().front().since, began + absl::Hours(1));
}

// What an end between two writes leaves behind: a table that was switched, and
// a list that does not know.
TEST_F(KeyRotationTest, EveryStepMayBeDoneTwice) {
  SetDns({NewRecord()});
  ASSERT_THAT(Advance(), IsOk());
  dkim::Rotation again = Beginning();
  ASSERT_THAT(RotationFiles(Path("table")).Put(again), IsOk());
  const std::string table = ReadFile(Path("table")).value();
  ASSERT_THAT(Advance(), IsOk());
  EXPECT_EQ(ReadFile(Path("table")).value(), table);
  EXPECT_EQ(List().front().phase, Phase::kSwitched);
}

TEST_F(KeyRotationTest, ASelectorThatStillSignsIsNotRevoked) {
  Write("e.private", dkim::TestEd25519Key().ToPem());
  Write("table", absl::StrCat("x example.org:old:", Path("new.private"),
                              "\nx example.org:old:", Path("e.private"), "\n"));
  SetDns({NewRecord()});
  EXPECT_THAT(Advance({"--keep-old", "0s"}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("table:2: still signs with old")));
  EXPECT_EQ(List().front().phase, Phase::kSwitched);
  EXPECT_THAT(List().front().failure, HasSubstr("still signs with old"));
}

TEST_F(KeyRotationTest, AnAnswerIsNeededForEachStep) {
  Write("known", "example.org. 300 IN SOA\n");
  EXPECT_FALSE(Advance().ok());
  EXPECT_EQ(ReadFile(Path("table")).value().find("new:"), std::string::npos);
}

}  // namespace
}  // namespace postern::ctl
