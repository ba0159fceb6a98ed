#include "ctl/key_list.h"

#include <string>

#include "absl/strings/str_cat.h"
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
using ::testing::SizeIs;

constexpr char kSeed[] = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

class KeyListTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::vector<NamedKey>> Keys(
      const std::vector<std::string>& words) {
    return KeysOf(Arguments::Parse(words, KeySyntax()).value());
  }
  absl::StatusOr<std::vector<NamedKey>> Table(const std::string& text) {
    EXPECT_THAT(WriteFile(path_, text), IsOk());
    return Keys({"--key-table", path_});
  }

  const testing::TempDir dir_;
  const std::string path_ = dir_.path() + "/table";
};

TEST_F(KeyListTest, OneKeyIsNamedByItsParts) {
  ASSERT_THAT(WriteFile(path_, dkim::kRsa2048Key), IsOk());
  const auto keys = Keys({"-d", "Example.ORG", "-s", "Mail", "-k", path_});
  ASSERT_THAT(keys, IsOk());
  ASSERT_THAT(*keys, SizeIs(1));
  EXPECT_EQ(keys->front().domain, "example.org");
  EXPECT_EQ(keys->front().selector, "mail");
  EXPECT_EQ(keys->front().key->bits(), 2048);
  EXPECT_FALSE(Keys({"-d", "a.example", "-s", "b"})->front().key.has_value());
}

TEST_F(KeyListTest, AKeyTableNamesMany) {
  const std::string file = dir_.path() + "/key";
  ASSERT_THAT(WriteFile(file, dkim::kRsa2048Key), IsOk());
  const auto keys = Table(absl::StrCat("# keys\n\none\texample.org:mail:", file,
                                       "\ntwo  example.net:e:", kSeed,
                                       "\nany %:mail:/keys/%\n"));
  ASSERT_THAT(keys, IsOk());
  ASSERT_THAT(*keys, SizeIs(2));
  EXPECT_EQ(keys->at(0).key->type(), dkim::KeyType::kRsa);
  EXPECT_EQ(keys->at(1).domain, "example.net");
  EXPECT_EQ(keys->at(1).key->type(), dkim::KeyType::kEd25519);
}

TEST_F(KeyListTest, NoKeysAtAllIsAnError) {
  EXPECT_THAT(
      Table("# none\nany %:mail:/keys/%\n"),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("table: has no keys")));
}

TEST_F(KeyListTest, AKeyOfATableMayBeBesideIt) {
  ASSERT_THAT(WriteFile(dir_.path() + "/key", dkim::kRsa2048Key), IsOk());
  const auto keys = Table("one example.org:mail:./key\n");
  ASSERT_THAT(keys, IsOk());
  EXPECT_EQ(keys->front().key->bits(), 2048);
  EXPECT_EQ(keys->front().path, dir_.path() + "/./key");
}

TEST_F(KeyListTest, AConfigurationNamesItsKeys) {
  const std::string key = dir_.path() + "/key";
  ASSERT_THAT(WriteFile(key, dkim::kRsa2048Key), IsOk());
  ASSERT_THAT(WriteFile(path_, absl::StrCat("Domain a.example\nSelector m\n",
                                            "KeyFile ", key, "\n")),
              IsOk());
  const auto theirs = Keys({"--opendkim-conf", path_});
  ASSERT_THAT(theirs, IsOk());
  EXPECT_EQ(theirs->front().key->bits(), 2048);
  ASSERT_THAT(
      WriteFile(path_, absl::StrCat("signing: {domains: [{domain: a.example, "
                                    "keys: [{selector: m, file: '",
                                    key, "x'}]}]}")),
      IsOk());
  EXPECT_THAT(Keys({"--config", path_}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr(key + "x")));
}

TEST_F(KeyListTest, AnErrorSaysWhere) {
  EXPECT_THAT(Table("x a.example:s:/does/not/exist\n"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("table:1: ")));
  for (const char* line : {"x", "x a.example:s", "x a.example:s:!",
                           "x a b.example:s:YQ==", "x .example:s:YQ=="}) {
    EXPECT_THAT(
        Table(absl::StrCat("\n", line)),
        StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("table:2: ")))
        << line;
  }
}

TEST_F(KeyListTest, OneWayToNameThemIsNeeded) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {},
           {"-d", "a"},
           {"-s", "a"},
           {"--opendkim-conf", "a", "--config", "b"},
           {"-d", "a", "-s", "b", "--key-table", "c"}})
    EXPECT_THAT(Keys(words), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Keys({"-d", "a;b", "-s", "c"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("a;b")));
}

}  // namespace
}  // namespace postern::ctl
