#include "mta/rewriting/address_text.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace postern::mta::rewriting {
namespace {

std::string Found(absl::string_view text) {
  std::vector<std::string> all;
  for (const FoundAddress& found : FindAddresses(text)) {
    all.push_back(found.address.ToString());
  }
  return absl::StrJoin(all, " ");
}

TEST(AddressTextTest, FindsTheAddressesAndNothingElse) {
  struct Case {
    const char* why;
    const char* text;
    const char* want;
  };
  const Case cases[] = {
      {"one", "anna@example.org", "anna@example.org"},
      {"several", "a@x.example,b@y.example , c", "a@x.example b@y.example c"},
      {"with a name", "Anna B. <anna@example.org>", "anna@example.org"},
      {"with a quoted name", "\"B, <Anna>\" <a@x.example>", "a@x.example"},
      {"with a comment", "a@x.example (b@y.example, (c))", "a@x.example"},
      {"a group", "friends: a@x.example, B <b@y.example>;, c@z.example",
       "a@x.example b@y.example c@z.example"},
      {"an empty group", "undisclosed-recipients:;", ""},
      {"a source route", "<@a.example,@b.example:c@d.example>", "c@d.example"},
      {"the null address", "<>", ""},
      {"a quoted local part", "\"a b\"@x.example", "\"a b\"@x.example"},
      {"quotes that are not needed", "\"a\".b@x.example", "a.b@x.example"},
      {"blanks of old", "a . b @ x . example", "a.b@x.example"},
      {"folded", "Anna\r\n <a@x.example>,\r\n\tb@y.example",
       "a@x.example b@y.example"},
      {"a literal", "a@[192.0.2.1]", "a@[192.0.2.1]"},
      {"beyond ASCII", "J\xc3\xb6rg <j\xc3\xb6rg@x.example>",
       "j\xc3\xb6rg@x.example"},
      {"a name alone", "John Doe", ""},
      {"no domain behind the @", "a@", ""},
      {"no local part", "@x.example", ""},
      {"two @", "a@b@c.example", ""},
      {"not ended", "Anna <a@x.example", ""},
      {"not ended quotes", "\"a@x.example", "\"a@x.example\""},
      {"empty items", ",, ,a@x.example,;", "a@x.example"},
      {"nothing", "", ""},
      {"a backslash at the end", "a@x.example, b\\", "a@x.example \"b\\\\\""},
  };
  for (const Case& c : cases) EXPECT_EQ(Found(c.text), c.want) << c.why;
}

TEST(AddressTextTest, WhatIsAroundAnAddressStays) {
  const std::string text =
      "Anna (x) <@r.example:anna@old.example>,\r\n b@old.example (c), g: c;";
  std::vector<std::pair<FoundAddress, mail::Address>> changes;
  for (const FoundAddress& found : FindAddresses(text)) {
    changes.push_back({found, {found.address.local_part, "new.example"}});
  }
  EXPECT_EQ(ReplaceAddresses(text, changes),
            "Anna (x) <@r.example:anna@new.example>,\r\n b@new.example (c), "
            "g: c@new.example;");
  EXPECT_EQ(ReplaceAddresses(text, {}), text);
}

TEST(AddressTextTest, InTheValuesOfTablesABlankDividesTwoAddresses) {
  struct Case {
    const char* text;
    const char* want;
  };
  const Case cases[] = {
      {"a@x.test b@y.test", "a@x.test b@y.test"},
      {"a@x.test,b@y.test c d", "a@x.test b@y.test c d"},
      {"\"a b\"@x.test \"c d\"", "\"a b\"@x.test \"c d\""},
      {"Anna B <a@x.test> b@y.test, c", "a@x.test b@y.test c"},
      {"a@[192.0.2.1] b.c@y.test", "a@[192.0.2.1] b.c@y.test"},
      {"a . b@x.test  (c) d", "a.b@x.test d"},
  };
  for (const Case& c : cases) {
    std::vector<std::string> found;
    for (const FoundAddress& one :
         FindAddresses(c.text, Between::kCommaOrBlank)) {
      found.push_back(one.address.ToString());
    }
    EXPECT_EQ(absl::StrJoin(found, " "), c.want) << c.text;
  }
  EXPECT_TRUE(FindAddresses("a@x.test b@y.test").empty());
}

}  // namespace
}  // namespace postern::mta::rewriting
