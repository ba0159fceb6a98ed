#include "lib/mail/mailbox_list.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mail {
namespace {

using ::postern::testing::StatusIs;
using ::testing::SizeIs;

// The addresses as "local|domain", or "error".
std::string Shown(absl::string_view value) {
  const auto list = ParseMailboxList(value);
  if (!list.ok()) return "error";
  return absl::StrJoin(*list, " ", [](std::string* out, const Address& a) {
    absl::StrAppend(out, a.local_part, "|", a.domain);
  });
}

TEST(MailboxListTest, MailboxesAreFoundHoweverTheyAreWritten) {
  struct Case {
    const char* value;
    const char* want;
  };
  const Case cases[] = {
      {" raphael@falcot.com", "raphael|falcot.com"},
      {" Raphael Hertzog <raphael@falcot.com>", "raphael|falcot.com"},
      {" \"Hertzog, R. <x@y>\" <raphael@falcot.com> (cc@x)\r\n",
       "raphael|falcot.com"},
      {"a@x.example, B. <b@y.example>", "a|x.example b|y.example"},
      {"J. Q. Public <j.q@x.example>", "j.q|x.example"},
      {"a (c (d) \\) e) @ (f) x.example", "a|x.example"},
      {" =?utf-8?q?=22a=40b=22?= <r@x.example>", "r|x.example"},
      {"a . b @ x . example", "a.b|x.example"},
      {"\"a b\"@x.example", "a b|x.example"},
      {"a@[192.0.2.1]", "a|[192.0.2.1]"},
      {",, a@x.example ,,", "a|x.example"},
      {"", ""},
      {"\r\n a@x.example\r\n\t,b@x.example", "a|x.example b|x.example"},
  };
  for (const Case& c : cases) EXPECT_EQ(Shown(c.value), c.want) << c.value;
}

TEST(MailboxListTest, From05AndFrom09SeveralAuthorsAreAllNamed) {
  EXPECT_EQ(Shown("<first@attack.com>, <admin@legit.com>"),
            "first|attack.com admin|legit.com");
  EXPECT_EQ(Shown("admin@legit.com,<second@attack.com>"),
            "admin|legit.com second|attack.com");
}

TEST(MailboxListTest, From06AnEncodedWordIsNoAddress) {
  EXPECT_EQ(Shown("=?utf-8?b?PGFkbWluQGxlZ2l0LmNvbT4=?=,<second@attack.com>"),
            "error");
}

TEST(MailboxListTest, From07ARouteIsDropped) {
  EXPECT_EQ(Shown("<@attack.com,@any.com:admin@legit.com>"), "admin|legit.com");
  EXPECT_EQ(Shown("<@attack.com>"), "error");
}

TEST(MailboxListTest, From08AndFrom10NothingIsSkippedInABrokenList) {
  for (const char* value :
       {"<admin@legit.com>\\,<second@attack.com>",
        "<any@attack.com>admin@legit.com", "a@x.example b@y.example",
        "<a@x.example> <b@y.example>", "a b@x.example", "a..b@x.example",
        ".a@x.example", "a.@x.example", "@x.example", "a@", "<>", "a", "a@b@c",
        "a@x..example", "a@.x", "a@x.example.", "a@x y.example"}) {
    EXPECT_EQ(Shown(value), "error") << value;
  }
}

TEST(MailboxListTest, From11TheDomainStandsBehindTheLastUnquotedAt) {
  EXPECT_EQ(Shown("\"Someone <a@junk.com>\"@mydomain.com"),
            "Someone <a@junk.com>|mydomain.com");
  EXPECT_EQ(Shown("\"\\\"X, Inc.\\\"\" <u@d.example>"), "u|d.example");
}

TEST(MailboxListTest, From12WhatIsNotClosedIsAnError) {
  for (const char* value :
       {"user@example.net>", "<user@example.net", "\"user@example.net",
        "(a user@example.net", "a@[192.0.2.1", "<@x.example:a@y.example",
        "grp: a@x.example", "grp: a@x.example; b", "a@x.example;"}) {
    EXPECT_EQ(Shown(value), "error") << value;
  }
  EXPECT_EQ(Shown(absl::string_view("a\0@x.example", 12)), "error");
  EXPECT_EQ(Shown(absl::string_view("(\0)a@x.example", 14)), "error");
}

TEST(MailboxListTest, From12DepthAndNumberAreBounded) {
  EXPECT_EQ(Shown(absl::StrCat(std::string(100'000, '('), "a",
                               std::string(100'000, ')'), "b@x.example")),
            "b|x.example");
  std::string many;
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&many, "a@x.example,");
  EXPECT_THAT(*ParseMailboxList(many), SizeIs(1000));
  EXPECT_THAT(ParseMailboxList(many + "a@x.example"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(MailboxListTest, From13TheMembersOfAGroupCount) {
  EXPECT_EQ(Shown("grp: a@x.example, B <b@y.example>; , c@z.example"),
            "a|x.example b|y.example c|z.example");
  EXPECT_EQ(Shown("undisclosed-recipients:;"), "");
  EXPECT_EQ(Shown("grp: inner: a@x.example;;"), "error");
}

TEST(MailboxListTest, From15DomainsAreLowerCaseALabels) {
  EXPECT_EQ(Shown("a@B\xc3\xbc"
                  "cher.EXAMPLE"),
            "a|xn--bcher-kva.example");
  EXPECT_EQ(Shown("a@FALCOT.com"), "a|falcot.com");
  EXPECT_EQ(Shown("a@\xff.example"), "error");
}

}  // namespace
}  // namespace postern::mail
