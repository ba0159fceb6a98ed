#include "ctl/dkim_keys.h"

#include <sys/stat.h>

#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "ctl/key_list.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class DkimKeysTest : public ::testing::Test {
 protected:
  absl::Status Run(const std::string& name,
                   const std::vector<std::string>& arguments) {
    out_.str("");
    for (const Verb& verb : DkimKeyVerbs()) {
      if (verb.name == "dkim " + name) return verb.run({arguments}, out_);
    }
    return absl::NotFoundError(name);
  }
  absl::Status Keygen(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"-D", dir_.path(), "-d", "a.example"});
    return Run("keygen", arguments);
  }
  std::string Path(const char* name) { return dir_.path() + "/" + name; }
  // What `dns` says as a file of records.
  std::string Records(const std::string& selector) {
    EXPECT_THAT(Run("dns", {"-d", "a.example", "-s", selector, "-k",
                            Path((selector + ".private").c_str())}),
                IsOk());
    std::string line =
        absl::StrReplaceAll(out_.str(), {{"\n", " "}, {"(", ""}, {")", ""}});
    line = line.substr(0, line.find(" ; -----"));
    EXPECT_THAT(WriteFile(Path("records"), line + "\n"), IsOk());
    return Path("records");
  }

  const testing::TempDir dir_;
  std::ostringstream out_;
};

TEST_F(DkimKeysTest, AKeyIsMadeWithItsRecord) {
  ASSERT_THAT(Keygen({"-s", "m", "-r", "-t"}), IsOk());
  struct stat found;
  ASSERT_EQ(stat(Path("m.private").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  const auto key = ReadKey(Path("m.private"));
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(key->type(), dkim::KeyType::kRsa);
  EXPECT_EQ(key->bits(), 2048);
  EXPECT_THAT(
      ReadFile(Path("m.txt")).value(),
      StartsWith("m._domainkey\tIN\tTXT\t( \"v=DKIM1; h=sha256; k=rsa; t=y; "
                 "s=email; \"\n"));
}

TEST_F(DkimKeysTest, KeysAreOfTheKindThatIsWanted) {
  ASSERT_THAT(Keygen({"-s", "e", "--type", "ed25519", "-S", "-a"}), IsOk());
  EXPECT_EQ(ReadKey(Path("e.private"))->type(), dkim::KeyType::kEd25519);
  EXPECT_THAT(ReadFile(Path("e.txt")).value(),
              HasSubstr("e._domainkey.a.example.\tIN\tTXT\t( \"v=DKIM1; "
                        "h=sha256; k=ed25519; t=s; \""));
  ASSERT_THAT(Keygen({"-s", "r", "-b", "1024"}), IsOk());
  EXPECT_EQ(ReadKey(Path("r.private"))->bits(), 1024);
}

TEST_F(DkimKeysTest, NothingIsOverwritten) {
  ASSERT_THAT(Keygen({"-s", "m", "--type", "ed25519"}), IsOk());
  const std::string before = ReadFile(Path("m.private")).value();
  EXPECT_THAT(Keygen({"-s", "m"}), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(ReadFile(Path("m.private")).value(), before);
}

TEST_F(DkimKeysTest, WhatCannotBeMadeIsSaid) {
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(Keygen({"-s", "../m"}), StatusIs(kInvalid));
  EXPECT_THAT(Keygen({"--type", "dsa"}), StatusIs(kInvalid));
  EXPECT_THAT(Keygen({"-b", "512"}), StatusIs(kInvalid));
}

TEST_F(DkimKeysTest, TheOptionsOfOpendkimGenkeyHaveTheirLongNames) {
  ASSERT_THAT(Keygen({"--selector=l", "--bits", "1024", "--append-domain",
                      "--hash-algorithms", "sha1:sha256", "--note=of \"us\"",
                      "--restrict", "--nosubdomains", "--testmode"}),
              IsOk());
  EXPECT_THAT(ReadFile(Path("l.txt")).value(),
              StartsWith("l._domainkey.a.example.\tIN\tTXT\t( \"v=DKIM1; "
                         "n=\\\"of \\\"us\\\"\\\"; h=sha1:sha256; k=rsa; "
                         "t=y:s; s=email; \"\n"));
}

TEST_F(DkimKeysTest, WhatARecordCannotHaveIsSaid) {
  const struct {
    std::vector<std::string> words;
    const char* text;
  } kCases[] = {
      {{"-h", "sha1"}, "without sha256"},
      {{"-h", "md5:sha256"}, "-h md5:sha256: sha256, or"},
      {{"-n", "a;b"}, "-n: printable ASCII, and no ';'"},
      {{"-n", "\xc3\xa4"}, "-n: printable ASCII"},
      {{"-n", std::string(250, 'x')}, "-n: the note is too long"},
      {{"-s", std::string(60, 'a') + "." + std::string(60, 'a') + "." +
                  std::string(60, 'a') + "." + std::string(60, 'a')},
       "is too long for a name"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    EXPECT_THAT(Keygen(c.words), StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr(c.text)));
  }
}

TEST_F(DkimKeysTest, AKeyThatOthersMayReadIsSaid) {
  ASSERT_THAT(Keygen({"-s", "m"}), IsOk());
  const std::string records = Records("m");
  ASSERT_EQ(chmod(Path("m.private").c_str(), 0644), 0);
  EXPECT_THAT(Run("testkey", {"-d", "a.example", "-s", "m", "-k",
                              Path("m.private"), "--dns-records", records}),
              IsOk());
  EXPECT_THAT(out_.str(), HasSubstr("key OK"));
  EXPECT_THAT(out_.str(), HasSubstr("but others may read or change"));
}

TEST_F(DkimKeysTest, KeysAreComparedWithTheDns) {
  ASSERT_THAT(Keygen({"-s", "m"}), IsOk());
  ASSERT_THAT(Keygen({"-s", "o", "--type", "ed25519"}), IsOk());
  const std::string records = Records("m");
  EXPECT_THAT(Run("testkey", {"-d", "a.example", "-s", "m", "-k",
                              Path("m.private"), "--dns-records", records}),
              IsOk());
  EXPECT_THAT(out_.str(), StartsWith("m._domainkey.a.example: key OK"));
  EXPECT_THAT(
      Run("testkey", {"-d", "a.example", "-s", "m", "--dns-records", records}),
      IsOk());
  EXPECT_THAT(Run("testkey", {"-d", "a.example", "-s", "m", "-k",
                              Path("o.private"), "--dns-records", records}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(out_.str(), HasSubstr("of another key"));
  EXPECT_THAT(
      Run("testkey", {"-d", "a.example", "-s", "m2", "--dns-records", records}),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               "1 of 1 keys are of no use"));
  EXPECT_THAT(out_.str(), HasSubstr("there is no record"));
}

TEST_F(DkimKeysTest, TheConfigurationOfOpendkimIsTested) {
  ASSERT_THAT(Keygen({"-s", "m"}), IsOk());
  const std::string records = Records("m");
  ASSERT_THAT(WriteFile(Path("conf"), "Domain a.example\nSelector m\nKeyFile " +
                                          Path("m.private") + "\n"),
              IsOk());
  EXPECT_THAT(Run("testkey", {"-x", Path("conf"), "--dns-records", records}),
              IsOk());
  EXPECT_THAT(out_.str(), StartsWith("m._domainkey.a.example: key OK"));
  EXPECT_THAT(Run("dns", {"-x", Path("conf")}), IsOk());
  EXPECT_THAT(out_.str(), StartsWith("m._domainkey.a.example.\tIN\tTXT"));
}

TEST_F(DkimKeysTest, RotationIsOneOfTheVerbs) {
  EXPECT_THAT(Run("rotate", {}), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(DkimKeysTest, RecordsNeedAKey) {
  EXPECT_THAT(Run("dns", {"-d", "a.example", "-s", "m"}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace postern::ctl
