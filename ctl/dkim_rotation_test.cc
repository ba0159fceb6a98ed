#include "ctl/dkim_rotation.h"

#include <sys/stat.h>
#include <unistd.h>

#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "ctl/key_list.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/dkim/test_keys.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

class DkimRotationTest : public ::testing::Test {
 protected:
  DkimRotationTest() {
    Write("old.private", dkim::kRsa2048Key);
    Write("e.private", dkim::TestEd25519Key().ToPem());
    Write("keytable", Table("old"));
    Write("records", "a.example. 300 IN A 192.0.2.1\n");
    Write("empty", "a.example. 300 IN A 192.0.2.1\n");
  }

  std::string Path(const std::string& name) { return dir_.path() + "/" + name; }
  void Write(const std::string& name, const std::string& text) {
    EXPECT_THAT(WriteFile(Path(name), text), IsOk());
  }
  std::string Table(const std::string& selector) {
    return absl::StrCat("# keys\none a.example:", selector, ":",
                        Path(selector + ".private"),
                        "\nother b.example:old:", Path("old.private"),
                        "\nsecond a.example:e:", Path("e.private"), "\n");
  }
  // The records as libunbound reads them: one a line.
  void PutRecordsOnLines() {
    Write("known", absl::StrReplaceAll(
                       ReadFile(Path("records")).value(),
                       {{"\"\n\t  \"", "\" \""}, {"( ", ""}, {" )", ""}}));
  }
  absl::Status Rotate(std::vector<std::string> more = {}) {
    PutRecordsOnLines();
    std::vector<std::string> arguments = {"-d",
                                          "A.example",
                                          "-s",
                                          "new",
                                          "--key-table",
                                          Path("keytable"),
                                          "--dns-records",
                                          Path("known")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }
  absl::Status Run(const std::vector<std::string>& arguments) {
    out_.str("");
    return DkimRotateVerb().run({arguments}, out_);
  }

  const testing::TempDir dir_;
  std::ostringstream out_;
};

TEST_F(DkimRotationTest, NothingIsSwitchedBeforeTheDnsHasTheKey) {
  EXPECT_THAT(Rotate({"--records", Path("records")}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("there is no record; nothing was switched")));
  EXPECT_THAT(out_.str(), HasSubstr("new._domainkey.a.example.\tIN\tTXT"));
  EXPECT_EQ(ReadFile(Path("keytable")).value(), Table("old"));
  const std::string made = ReadFile(Path("new.private")).value();
  // The next run goes on with the same key.
  ASSERT_THAT(Rotate({"--records", Path("records")}), IsOk());
  EXPECT_EQ(ReadFile(Path("new.private")).value(), made);
  EXPECT_EQ(ReadFile(Path("keytable")).value(), Table("new"));
  EXPECT_THAT(out_.str(),
              HasSubstr("switched, the next step can be done from"));
  const std::string records = ReadFile(Path("records")).value();
  EXPECT_EQ(records.find("new._domainkey"), records.rfind("new._domainkey"));
}

TEST_F(DkimRotationTest, WithoutANameAllThatIsUnderWayGoesOn) {
  ASSERT_THAT(Run({"--key-table", Path("keytable")}), IsOk());
  EXPECT_THAT(out_.str(), HasSubstr("no rotation is under way"));
  EXPECT_THAT(Rotate({"--records", Path("records")}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(
      Run({"--key-table", Path("keytable"), "--dns-records", Path("empty")}),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               HasSubstr("1 of 1 rotations could not go on")));
  EXPECT_THAT(out_.str(), HasSubstr("; a.example: new._domainkey.a.example: "
                                    "the DNS: there is no record"));
  PutRecordsOnLines();
  EXPECT_THAT(
      Run({"--key-table", Path("keytable"), "--dns-records", Path("known")}),
      IsOk());
  EXPECT_EQ(ReadFile(Path("keytable")).value(), Table("new"));
}

TEST_F(DkimRotationTest, ATableThatIsNotThereIsSaid) {
  EXPECT_THAT(Run({"--key-table", Path("missing")}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("missing")));
}

TEST_F(DkimRotationTest, ADomainHasOneRotationOfATypeAtATime) {
  EXPECT_THAT(Rotate(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Rotate({"-s", "newer"}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("the rotation to new is under way")));
  EXPECT_THAT(Rotate({"-s", "newer", "--type", "ed25519"}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("there is no record")));
}

TEST_F(DkimRotationTest, TheNewKeyBelongsToWhomTheOldOneDoes) {
  if (geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  ASSERT_EQ(chown(Path("old.private").c_str(), 12345, 54321), 0);
  EXPECT_THAT(Rotate(), StatusIs(absl::StatusCode::kFailedPrecondition));
  struct stat found;
  ASSERT_EQ(stat(Path("new.private").c_str(), &found), 0);
  EXPECT_EQ(found.st_uid, 12345u);
  EXPECT_EQ(found.st_gid, 54321u);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(DkimRotationTest, ARecordOfAnotherKeyIsNotEnough) {
  Write("records",
        absl::StrCat("new._domainkey.a.example. 300 IN TXT \"",
                     dkim::RecordOf(dkim::TestEd25519Key()), "\"\n"));
  EXPECT_THAT(Rotate(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                 HasSubstr("of another key")));
}

TEST_F(DkimRotationTest, OnlyKeysOfTheTypeAreReplaced) {
  EXPECT_THAT(Rotate({"--records", Path("records"), "--type", "ed25519"}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_THAT(Rotate({"--type", "ed25519"}), IsOk());
  const auto lines = ReadKeyTable(Path("keytable"));
  ASSERT_THAT(lines, IsOk());
  EXPECT_EQ(lines->at(0).key.selector, "old");
  EXPECT_EQ(lines->at(2).key.selector, "new");
  EXPECT_EQ(lines->at(2).key.key->type(), dkim::KeyType::kEd25519);
}

TEST_F(DkimRotationTest, WhatCannotBeRotatedIsSaid) {
  Write("keytable",
        absl::StrCat("x b.example:old:", Path("old.private"), "\n"));
  EXPECT_THAT(Rotate(),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("has no other rsa key for a.example")));
  Write(
      "keytable",
      absl::StrCat("x a.example:old:", absl::Base64Escape("not a key"), "\n"));
  EXPECT_THAT(Rotate(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                 HasSubstr("keytable:1: ")));
}

TEST_F(DkimRotationTest, AKeyInTheTableItselfIsNotRotated) {
  Write("keytable",
        "x a.example:old:nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=\n");
  EXPECT_THAT(Rotate({"--type", "ed25519"}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("keytable:1: the key is not in a file")));
}

TEST_F(DkimRotationTest, WrongOptionsAreSaid) {
  const struct {
    const char* why;
    std::vector<std::string> words;
    const char* text;
  } kCases[] = {
      {"no table", {"-d", "a.example", "-s", "n"}, "--key-table says"},
      {"no selector", {"-d", "a.example"}, "-s SELECTOR"},
      {"no domain", {"-s", "n"}, "-d DOMAIN"},
      {"a wrong domain", {"-d", "a b", "-s", "n"}, "-d DOMAIN"},
      {"a wrong type",
       {"-d", "a.example", "-s", "n", "--type", "dsa"},
       "rsa or ed25519"},
      {"a wrong time", {"--keep-old", "soon"}, "--keep-old: "},
      {"another wrong time", {"--keep-revoked", "-1d"}, "--keep-revoked: "},
      {"a wrong wait", {"--wait", "x"}, "--wait: "},
      {"a folder that a table cannot have",
       {"-d", "a.example", "-s", "n", "-D", Path("a b")},
       "cannot be in a key table"},
      {"too long a name",
       {"-d",
        std::string(60, 'a') + "." + std::string(60, 'b') + "." +
            std::string(60, 'c') + "." + std::string(60, 'd'),
        "-s", "selector"},
       "is too long for a name"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.why);
    std::vector<std::string> words = c.words;
    if (std::string(c.why) != "no table") {
      words.insert(words.end(), {"--key-table", Path("keytable")});
    }
    EXPECT_THAT(Run(words), StatusIs(absl::StatusCode::kInvalidArgument,
                                     HasSubstr(c.text)));
  }
}

}  // namespace
}  // namespace postern::ctl
