#include "lib/table/entry_snapshot.h"

#include <string>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::table {
namespace {

using ::testing::Eq;
using ::testing::Optional;

std::unique_ptr<const Snapshot> Hash(absl::string_view content) {
  return ParseHash(content, "/t").value();
}
std::string HashError(absl::string_view content) {
  return std::string(ParseHash(content, "/t").status().message());
}
std::unique_ptr<const Snapshot> Inline(absl::string_view text) {
  return ParseInline(text).value();
}
std::string InlineError(absl::string_view text) {
  return std::string(ParseInline(text).status().message());
}

TEST(EntrySnapshotTest, FindsTheKeysOfAFile) {
  const auto table = Hash(
      "# access\n"
      "example.org\tREJECT go away\n"
      "192.0.2.1  OK\n"
      "user@\n"
      "   DUNNO\n");
  EXPECT_THAT(table->Find("example.org"), Optional(Eq("REJECT go away")));
  EXPECT_THAT(table->Find("192.0.2.1"), Optional(Eq("OK")));
  EXPECT_THAT(table->Find("user@"), Optional(Eq("DUNNO")));
  EXPECT_THAT(table->Find("example"), Eq(std::nullopt));
  EXPECT_THAT(table->Find(""), Eq(std::nullopt));
}

TEST(EntrySnapshotTest, IgnoresTheCaseOfKeysAndKeepsThatOfValues) {
  const auto table = Hash("User@Example.ORG  Value\n");
  EXPECT_THAT(table->Find("user@example.org"), Optional(Eq("Value")));
  EXPECT_THAT(table->Find("USER@EXAMPLE.ORG"), Optional(Eq("Value")));
}

TEST(EntrySnapshotTest, TakesQuotesOffAKey) {
  const auto table = Hash(
      "\"john smith\"@example.org 1\n"
      "\"a\\\"b\" 2\n"
      "\"a\\\\b\" 3\n");
  EXPECT_THAT(table->Find("john smith@example.org"), Optional(Eq("1")));
  EXPECT_THAT(table->Find("a\"b"), Optional(Eq("2")));
  EXPECT_EQ(ParseHash("\"a\\\\b\" 3\na\\b 4\n", "/t").status().message(),
            "/t:2: \"a\\b\" has two values");
}

TEST(EntrySnapshotTest, SaysWhereAFileIsWrong) {
  EXPECT_EQ(HashError("a 1\nb\n"), "/t:2: \"key value\" is wanted here");
  EXPECT_EQ(HashError("\"\" 1\n"), "/t:1: \"key value\" is wanted here");
  EXPECT_EQ(HashError("\"a 1\n"), "/t:1: the key's quotes do not end");
  EXPECT_EQ(HashError("\"a\\"), "/t:1: the key's quotes do not end");
  EXPECT_EQ(HashError("a 1\nb 1\nA 2\n"), "/t:3: \"A\" has two values");
}

TEST(EntrySnapshotTest, ForgivesTheSameEntryTwice) {
  EXPECT_THAT(Hash("a 1\nA 1\n")->Find("a"), Optional(Eq("1")));
}

TEST(EntrySnapshotTest, ReadsInlineEntries) {
  const auto table = Inline("{ a=b, {c = d e, f} {g={h=i}},J=}");
  EXPECT_THAT(table->Find("a"), Optional(Eq("b")));
  EXPECT_THAT(table->Find("c"), Optional(Eq("d e, f")));
  EXPECT_THAT(table->Find("g"), Optional(Eq("{h=i}")));
  EXPECT_THAT(table->Find("j"), Optional(Eq("")));
}

TEST(EntrySnapshotTest, ReadsAnInlineList) {
  for (const char* list :
       {"{example.org, example.net}", "example.org, example.net",
        "example.org example.net", "{example.org,\nExample.net,}"}) {
    const auto table = Inline(list);
    EXPECT_THAT(table->Find("example.org"), Optional(Eq(""))) << list;
    EXPECT_THAT(table->Find("example.net"), Optional(Eq(""))) << list;
    EXPECT_THAT(table->Find("example.com"), Eq(std::nullopt)) << list;
  }
}

TEST(EntrySnapshotTest, ReadsAnEmptyList) {
  EXPECT_THAT(Inline("")->Find(""), Eq(std::nullopt));
  EXPECT_THAT(Inline("{ }")->Find(""), Eq(std::nullopt));
}

TEST(EntrySnapshotTest, SaysWhatIsWrongWithAnInlineTable) {
  EXPECT_EQ(InlineError("{a=b"), "inline: the braces do not match");
  EXPECT_EQ(InlineError("{a=b} {c=d}"), "inline: the braces do not match");
  EXPECT_EQ(InlineError("{{a=b}"), "inline: the braces do not match");
  EXPECT_EQ(InlineError("a=b, {c"), "inline: the braces do not match");
  EXPECT_EQ(InlineError("=b"), "inline: \"=b\" has no key");
  EXPECT_EQ(InlineError("a, {}"), "inline: \"{}\" has no key");
  EXPECT_EQ(InlineError("a=1 A=2"), "inline: \"A\" has two values");
}

TEST(EntrySnapshotTest, CountsItsEntries) {
  EntrySnapshot entries;
  EXPECT_TRUE(entries.Add("a", "1"));
  EXPECT_TRUE(entries.Add("b", "1"));
  EXPECT_TRUE(entries.Add("A", "1"));
  EXPECT_FALSE(entries.Add("a", "2"));
  EXPECT_EQ(entries.size(), 2u);
}

}  // namespace
}  // namespace postern::table
