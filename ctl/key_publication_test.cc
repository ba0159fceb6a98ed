#include "ctl/key_publication.h"

#include <sys/stat.h>

#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kKey[] =
    "key k { algorithm hmac-sha256; secret \"c2VjcmV0\"; };\n";

class KeyPublicationTest : public ::testing::Test {
 protected:
  absl::StatusOr<KeyPublication> Create(const std::vector<std::string>& words) {
    return KeyPublication::Create(
        Arguments::Parse(words, KeyPublication::syntax()).value());
  }
  // Publishes to the file `records_`.
  absl::Status Publish(std::vector<std::string> strings, bool is_new = false) {
    const auto publication = Create({"--records", records_});
    return publication->Publish({.domain = "example.org",
                                 .selector = "mail",
                                 .strings = std::move(strings),
                                 .comment = "test",
                                 .is_new = is_new},
                                out_);
  }
  void WriteRecords(const std::string& text) {
    ASSERT_THAT(WriteFile(records_, text), IsOk());
  }

  const testing::TempDir dir_;
  const std::string records_ = dir_.path() + "/records";
  const std::string key_ = dir_.path() + "/key";
  std::ostringstream out_;
};

constexpr char kRecord[] =
    "mail._domainkey.example.org.\tIN\tTXT\t( \"p=1\" )  ; ----- test\n";

TEST_F(KeyPublicationTest, PrintsWhatIsToBe) {
  const auto publication = Create({});
  ASSERT_THAT(publication, IsOk());
  ASSERT_THAT(publication->Publish({.domain = "example.org",
                                    .selector = "mail",
                                    .strings = {"p=1"},
                                    .comment = "test"},
                                   out_),
              IsOk());
  EXPECT_EQ(out_.str(), kRecord);
  out_.str("");
  ASSERT_THAT(
      publication->Publish(
          {.domain = "example.org", .selector = "mail", .comment = ""}, out_),
      IsOk());
  EXPECT_EQ(out_.str(),
            "; mail._domainkey.example.org.: the record is to be removed\n");
}

TEST_F(KeyPublicationTest, AFileGetsChangesAndLosesRecords) {
  WriteRecords("a. A 192.0.2.1\n");
  ASSERT_THAT(Publish({"p=1"}, /*is_new=*/true), IsOk());
  EXPECT_THAT(ReadFile(records_),
              IsOkAndHolds(std::string("a. A 192.0.2.1\n") + kRecord));
  ASSERT_THAT(Publish({"p="}), IsOk());
  EXPECT_THAT(ReadFile(records_), IsOkAndHolds(HasSubstr("( \"p=\" )")));
  ASSERT_THAT(Publish({}), IsOk());
  EXPECT_THAT(ReadFile(records_), IsOkAndHolds("a. A 192.0.2.1\n"));
}

TEST_F(KeyPublicationTest, ANewRecordTakesNobodysPlace) {
  const std::string theirs = "mail._domainkey.example.org. TXT \"p=theirs\"\n";
  WriteRecords(theirs);
  ASSERT_THAT(Publish({"p=1"}, /*is_new=*/true), IsOk());
  EXPECT_THAT(ReadFile(records_), IsOkAndHolds(theirs));
}

TEST_F(KeyPublicationTest, ARecordThatIsElsewhereIsSaid) {
  WriteRecords("");
  ASSERT_THAT(Publish({"p="}), IsOk());
  EXPECT_THAT(ReadFile(records_), IsOkAndHolds(""));
  EXPECT_THAT(out_.str(), HasSubstr("change it where it is"));
}

TEST_F(KeyPublicationTest, AFileThatIsNotThereIsAnError) {
  EXPECT_THAT(Publish({"p="}),
              StatusIs(absl::StatusCode::kNotFound, StartsWith(records_)));
}

TEST_F(KeyPublicationTest, AnUpdateKeyThatOthersMayReadIsRefused) {
  ASSERT_THAT(WriteFile(key_, kKey, 0600), IsOk());
  EXPECT_THAT(Create({"--update-key", key_}), IsOk());
  ASSERT_EQ(::chmod(key_.c_str(), 0644), 0);
  EXPECT_THAT(Create({"--update-key", key_}),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("others may read the key")));
}

TEST_F(KeyPublicationTest, WrongOptionsAreSaid) {
  ASSERT_THAT(WriteFile(key_, "key k {", 0600), IsOk());
  EXPECT_THAT(Create({"--update-key", key_}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       StartsWith(key_ + ": line 1: ")));
  EXPECT_THAT(Create({"--update-key", key_ + "x"}),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Create({"--update-server", "192.0.2.1"}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("needs --update-key")));
  EXPECT_THAT(Create({"--ttl", "8d"}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("--ttl: 7 days at most")));
  EXPECT_THAT(Create({"--ttl", "x"}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace postern::ctl
