#include "ctl/configured_keys.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// "selector of domain: path" of each key.
std::vector<std::string> Texts(const std::vector<KeyPlace>& keys) {
  std::vector<std::string> texts;
  for (const KeyPlace& key : keys) {
    texts.push_back(absl::StrCat(key.selector, " of ", key.domain, ": ",
                                 key.key.path, key.key.text));
  }
  return texts;
}

class ConfiguredKeysTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = dir_.path() + "/" + name;
    EXPECT_THAT(WriteFile(path, text), IsOk());
    return path;
  }

  const testing::TempDir dir_;
};

TEST_F(ConfiguredKeysTest, ALineOfATableKnowsItsPlace) {
  const auto keys = KeysOfTable(dkim::DataSet::ParseFile(
      "# keys\n\na x.example:s:/k\nany %:s:/k\nb y.example:t:c2VjcmV0\n",
      "/table", false));
  ASSERT_THAT(keys, IsOk());
  EXPECT_THAT(Texts(*keys),
              ElementsAre("s of x.example: /k", "t of y.example: c2VjcmV0"));
  EXPECT_EQ(keys->at(0).where, "/table:3");
  EXPECT_EQ(keys->at(1).line, 5u);
  EXPECT_EQ(keys->at(1).name, "b");
}

TEST_F(ConfiguredKeysTest, OpendkimNamesOneKey) {
  const std::string path =
      Write("opendkim.conf",
            "# as in the handbook\nSyslog yes\nDOMAIN falcot.com, falcot.org\n"
            "Selector\tmail # ours\nKeyFile /etc/dkimkeys/mail.private\n");
  const auto keys = KeysOfOpendkim(path);
  ASSERT_THAT(keys, IsOk());
  EXPECT_THAT(Texts(*keys),
              ElementsAre("mail of falcot.com: /etc/dkimkeys/mail.private",
                          "mail of falcot.org: /etc/dkimkeys/mail.private"));
}

TEST_F(ConfiguredKeysTest, OpendkimNamesATable) {
  const std::string table = Write("table", "a x.example:s:./k\n");
  const auto keys = KeysOfOpendkim(
      Write("conf", "Domain y.example\nKeyTable file:" + table + "\n"));
  ASSERT_THAT(keys, IsOk());
  EXPECT_THAT(Texts(*keys),
              ElementsAre("s of x.example: " + dir_.path() + "/./k"));
}

TEST_F(ConfiguredKeysTest, DkimdNamesDomainsAndATable) {
  const std::string table = Write("table", "a x.example:s:/k\n");
  const auto keys = KeysOfDkimd(
      Write("dkimd.yaml",
            "signing:\n  key_directory: /keys\n  domains:\n"
            "  - domain: [a.example, b.example]\n"
            "    keys: [{selector: r}, {selector: e, file: '/other/%.e'}]\n"
            "  key_table: " +
                table + "\n  signing_table: 'csl:*=a'\n"));
  ASSERT_THAT(keys, IsOk());
  EXPECT_THAT(
      Texts(*keys),
      ElementsAre("r of a.example: /keys/a.example/r.private",
                  "e of a.example: /other/a.example.e",
                  "r of b.example: /keys/b.example/r.private",
                  "e of b.example: /other/b.example.e", "s of x.example: /k"));
}

TEST_F(ConfiguredKeysTest, WhatIsWrongIsSaidWithItsPlace) {
  const auto theirs = [this](const std::string& text) {
    return KeysOfOpendkim(Write("conf", text)).status();
  };
  EXPECT_THAT(theirs("Domain a.example\n"),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("conf: has no KeyTable, and not Domain")));
  EXPECT_THAT(theirs("KeyTable /missing\n"),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("conf: KeyTable: /missing")));
  EXPECT_THAT(theirs("KeyTable csl:a=b\n"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("entry 1: a key is domain:selector:key")));
  EXPECT_THAT(theirs("KeyTable dsn:mysql://x\n"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(KeysOfOpendkim("/missing"),
              StatusIs(absl::StatusCode::kNotFound, StartsWith("/missing")));
  const auto ours = [this](const std::string& text) {
    return KeysOfDkimd(Write("yaml", text)).status();
  };
  EXPECT_THAT(ours("mode: enforce\n"),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("yaml: has no keys in signing.domains")));
  EXPECT_THAT(
      ours("signing: {domain: x}\n"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("yaml:1:")));
  EXPECT_THAT(ours("signing: {domains: [{domain: '../x', keys: [{selector: "
                   "s}]}]}\n"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("yaml: signing.domains: ")));
}

}  // namespace
}  // namespace postern::ctl
