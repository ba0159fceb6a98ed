#include "ctl/postgrey_dump.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

// What db5.3_dump wrote of the database of a postgrey 1.37.
constexpr char kDump[] =
    "VERSION=3\n"
    "format=print\n"
    "type=btree\n"
    "db_pagesize=4096\n"
    "HEADER=END\n"
    " 192.0.2.0/alice@example.org/bob@example.com\n"
    " 1795499809,1795499811\n"
    " 192.0.2.0/we\\\\ird\"x@example.org/bob@example.com\n"
    " 1795499810,1795499811\n"
    " 198.51.100.0/caf\\c3\\a9@example.org/b@c\n"
    " 1795499812,1795499812\n"
    " 2001:db8:0:1:0:0:0:0//bob@example.com\n"
    " 1795499810,1795499811\n"
    "DATA=END\n";

absl::StatusOr<std::vector<DumpedPair>> Read(absl::string_view text) {
  std::vector<DumpedPair> pairs;
  PostgreyDump dump;
  std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  for (const absl::string_view line : lines) {
    absl::StatusOr<std::optional<DumpedPair>> pair = dump.Take(line);
    if (!pair.ok()) return pair.status();
    if (*pair) pairs.push_back(**pair);
  }
  const absl::Status end = dump.Finish();
  if (!end.ok()) return end;
  return pairs;
}

TEST(PostgreyDumpTest, ReadsWhatPostgreyStored) {
  const absl::StatusOr<std::vector<DumpedPair>> pairs = Read(kDump);
  ASSERT_THAT(pairs, IsOk());
  EXPECT_THAT(
      *pairs,
      ElementsAre(DumpedPair{"192.0.2.0/alice@example.org/bob@example.com",
                             "1795499809,1795499811"},
                  DumpedPair{"192.0.2.0/we\\ird\"x@example.org/bob@example.com",
                             "1795499810,1795499811"},
                  DumpedPair{"198.51.100.0/caf\xc3\xa9@example.org/b@c",
                             "1795499812,1795499812"},
                  DumpedPair{"2001:db8:0:1:0:0:0:0//bob@example.com",
                             "1795499810,1795499811"}));
}

TEST(PostgreyDumpTest, AnEmptyDatabaseIsEmpty) {
  const absl::StatusOr<std::vector<DumpedPair>> pairs =
      Read("VERSION=3\nformat=print\nHEADER=END\nDATA=END\n");
  ASSERT_THAT(pairs, IsOk());
  EXPECT_TRUE(pairs->empty());
}

TEST(PostgreyDumpTest, AnythingElseIsAnError) {
  struct Case {
    const char* why;
    const char* text;
    const char* error;
  };
  const Case cases[] = {
      {"nothing", "", "ends before DATA=END"},
      {"cut off", "format=print\nHEADER=END\n k\n v\n", "ends before"},
      {"cut off within a pair", "format=print\nHEADER=END\n k\nDATA=END\n",
       "a key without a value"},
      {"other format", "format=bytevalue\nHEADER=END\n", "not print"},
      {"not a dump", "hello\n", "wrong header"},
      {"no blank", "format=print\nHEADER=END\nk\n", "wrong line of data"},
      {"wrong escape", "format=print\nHEADER=END\n a\\zz\n", "wrong escape"},
      {"escape cut off", "format=print\nHEADER=END\n a\\c\n", "wrong escape"},
      {"more", "format=print\nHEADER=END\nDATA=END\nx\n", "behind DATA=END"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(Read(c.text), StatusIs(absl::StatusCode::kInvalidArgument,
                                       HasSubstr(c.error)));
  }
}

TEST(PostgreyDumpTest, NumbersAreTwo) {
  EXPECT_THAT(ParseDumpedNumbers("1795499809,1795499811"),
              Optional(DumpedNumbers{1795499809, 1795499811}));
  // Old versions wrote the last octet of the client behind them.
  EXPECT_THAT(ParseDumpedNumbers("1,2,77"), Optional(DumpedNumbers{1, 2}));
  for (const char* value :
       {"", "1", "1,", ",1", "a,1", "1,b", "-1,1", "1,-1"}) {
    SCOPED_TRACE(value);
    EXPECT_THAT(ParseDumpedNumbers(value), Eq(std::nullopt));
  }
}

}  // namespace
}  // namespace postern::ctl
