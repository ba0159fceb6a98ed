#include "lib/dkim/data_set.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::dkim {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The entries as "line:key=value".
std::vector<std::string> Shown(const DataSet& set) {
  std::vector<std::string> all;
  for (const DataSet::Entry& entry : set.entries()) {
    all.push_back(std::to_string(entry.line) + ":" + entry.key + "=" +
                  entry.value);
  }
  return all;
}

TEST(DataSetTest, ALineIsAKeyAndAValue) {
  const DataSet set = DataSet::ParseFile(
      "# keys\n"
      "falcot\tfalcot.com:mail:/etc/keys/mail.private  \r\n"
      "\n"
      "  bare # with a comment\n"
      "*@example.org  other key",
      "/t", /*has_patterns=*/true);
  EXPECT_THAT(Shown(set),
              ElementsAre("2:falcot=falcot.com:mail:/etc/keys/mail.private",
                          "4:bare=", "5:*@example.org=other key"));
  EXPECT_TRUE(set.has_patterns());
  EXPECT_EQ(set.ErrorAt(set.entries()[1], "no value").message(),
            "/t:4: no value");
}

TEST(DataSetTest, AListHasItsEntriesBetweenCommas) {
  const auto set = DataSet::Read("csl: a, b=c ,,d=e=f");
  ASSERT_THAT(set, IsOk());
  EXPECT_THAT(Shown(*set), ElementsAre("1:a=", "2:b=c", "4:d=e=f"));
  EXPECT_THAT(set->file(), IsEmpty());
  EXPECT_EQ(set->ErrorAt(set->entries()[0], "odd").message(), "entry 1: odd");
  EXPECT_THAT(Shown(*DataSet::Read("falcot.com")),
              ElementsAre("1:falcot.com="));
  EXPECT_THAT(Shown(*DataSet::Read("")), IsEmpty());
}

TEST(DataSetTest, FilesAreReadByAnyOfTheirNames) {
  const testing::TempDir folder;
  const std::string path = folder.path() + "/hosts";
  ASSERT_THAT(WriteFile(path, "192.0.2.1\n"), IsOk());
  for (const std::string& spec : {path, "file:" + path, "refile:" + path}) {
    const auto set = DataSet::Read(spec);
    ASSERT_THAT(set, IsOk()) << spec;
    EXPECT_THAT(Shown(*set), ElementsAre("1:192.0.2.1="));
    EXPECT_EQ(set->file(), path);
    EXPECT_EQ(set->has_patterns(), spec[0] == 'r') << spec;
  }
  EXPECT_THAT(DataSet::Read("file:/does/not/exist"),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST(DataSetTest, KindsThatDoNotExistSaySo) {
  for (const char* spec : {"dsn:mysql://x", "ldap://x", "/etc/keys.db",
                           "db:/etc/keys", "lua:/x", "mdb:/x"}) {
    EXPECT_THAT(
        DataSet::Read(spec),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("refile:")))
        << spec;
  }
}

TEST(DataSetTest, AListOfTheConfigurationMayNameFiles) {
  const testing::TempDir folder;
  const std::string path = folder.path() + "/hosts";
  ASSERT_THAT(WriteFile(path, "192.0.2.1\n!192.0.2.7\n"), IsOk());
  std::vector<std::string> files;
  const auto keys = ReadKeys({"::1", "refile:" + path, "a,b"}, files);
  ASSERT_THAT(keys, IsOk());
  EXPECT_THAT(*keys, ElementsAre("::1", "192.0.2.1", "!192.0.2.7", "a", "b"));
  EXPECT_THAT(files, ElementsAre(path));
}

}  // namespace
}  // namespace postern::dkim
