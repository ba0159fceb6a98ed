#include "mta/rewriting/expansion.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "mta/smtp/reply.h"

namespace postern::mta::rewriting {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

class ExpansionTest : public ::testing::Test {
 protected:
  ExpansionTest() {
    config_.set_myorigin("falcot.com");
    config_.set_append_at_myorigin(true);
    config_.set_recipient_delimiter("+");
    config_.add_propagate_unmatched_extensions("virtual");
    config_.add_mydestination("falcot.com");
    config_.add_mydestination("localhost");
  }

  void SetVirtual(absl::string_view content) {
    SetFile("virtual", content);
    config_.add_virtual_alias_maps("hash:" + dir_.path() + "/virtual");
  }
  void SetAliases(absl::string_view content) {
    SetFile("aliases", content);
    config_.add_alias_maps("hash:" + dir_.path() + "/aliases");
  }
  void SetFile(const std::string& name, absl::string_view content) {
    ASSERT_THAT(WriteFile(dir_.path() + "/" + name, content), IsOk());
  }

  // Returns the targets, with owner, verdict, file and command behind them.
  std::string Expand(const std::string& address) {
    const auto book = AddressBook::Open(config_).value();
    const auto canonical = Canonical::Open(config_, book).value();
    const auto expansion = Expansion::Open(config_, book, *canonical).value();
    const auto targets = runtime_->BlockOn(
        expansion->Expand(mail::Address::Parse(address).value()));
    if (!targets.ok()) return smtp::ReplyFor(targets.status()).ToString();
    std::vector<std::string> all;
    for (const Target& target : *targets) {
      std::string text = target.address.ToString();
      if (!target.owner.empty())
        absl::StrAppend(&text, " [", target.owner, "]");
      if (!target.verdict.empty()) absl::StrAppend(&text, " ", target.verdict);
      if (!target.file.empty()) absl::StrAppend(&text, " <", target.file, ">");
      if (!target.command.empty()) {
        absl::StrAppend(&text, " <|", target.command, ">");
      }
      all.push_back(text);
    }
    return absl::StrJoin(all, ", ");
  }

  testing::TempDir dir_;
  config::v1::Mta config_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(ExpansionTest, WithoutTablesARecipientIsItself) {
  EXPECT_EQ(Expand("a@x.example"), "a@x.example");
  EXPECT_EQ(Expand("a@falcot.com"), "a@falcot.com");
}

TEST_F(ExpansionTest, VirtualAliasesAreExpandedAllTheWayDown) {
  SetVirtual(
      "webmaster@falcotsbrand.com jean@falcot.com\n"
      "contact@falcotsbrand.com laure@falcot.com, sophie@falcot.com,"
      " jean@falcot.com\n"
      "@falcotsbrand.com @falcot.com\n"
      "all@x.example contact@falcotsbrand.com, other, self@x.example\n"
      "self@x.example self@x.example, copy@y.example\n"
      "plain@x.example a@y.example\n");
  struct Case {
    const char* why;
    const char* address;
    const char* want;
  };
  const Case cases[] = {
      {"one", "webmaster@falcotsbrand.com", "jean@falcot.com"},
      {"several", "Contact@falcotsbrand.com",
       "laure@falcot.com, sophie@falcot.com, jean@falcot.com"},
      {"catch-all", "anyone@falcotsbrand.com", "anyone@falcot.com"},
      {"catch-all keeps the extension", "anyone+e@falcotsbrand.com",
       "anyone+e@falcot.com"},
      {"an extension is put behind", "plain+e@x.example", "a+e@y.example"},
      {"aliases of aliases", "all@x.example",
       "laure@falcot.com, other@falcot.com, self@x.example, sophie@falcot.com, "
       "jean@falcot.com, copy@y.example"},
      {"itself", "self@x.example", "self@x.example, copy@y.example"},
      {"none", "x@z.example", "x@z.example"},
  };
  for (const Case& c : cases) EXPECT_EQ(Expand(c.address), c.want) << c.why;
}

// MTA-38.
TEST_F(ExpansionTest, VirtualAliasesThatDoNotEndAreTriedAgainLater) {
  config_.set_virtual_alias_recursion_limit(20);
  config_.set_virtual_alias_expansion_limit(5);
  config_.set_virtual_alias_address_length_limit(40);
  SetVirtual(
      "a@x.example b@x.example\nb@x.example a@x.example\n"
      "many@x.example 1@y,2@y,3@y,4@y,5@y,6@y\n"
      "grows@x.example grows+x@x.example\n"
      "long@x.example " +
      std::string(50, 'x') + "@y.example\nempty@x.example <>\n");
  for (const char* address :
       {"a@x.example", "many@x.example", "grows+y@x.example", "long@x.example",
        "empty@x.example"}) {
    EXPECT_EQ(Expand(address), "451 4.6.0 Alias expansion error") << address;
  }
  config_.add_virtual_alias_maps("fail:away");
  EXPECT_EQ(Expand("x@z.example"), "451 4.3.0 Temporary lookup failure");
}

TEST_F(ExpansionTest, LocalAliasesAreForUsersOfThisMachine) {
  SetAliases(
      "postmaster: root\nroot: anna, bob@x.example\n"
      "self: self, copy@y.example\n\"two words\": carl\nuser: \\anna\nanna: "
      "nobody\n"
      "list: anna@x.example, bob@x.example\nowner-list: anna\n"
      "both: list, carl\n");
  struct Case {
    const char* why;
    const char* address;
    const char* want;
  };
  const Case cases[] = {
      {"aliases of aliases", "Postmaster@localhost",
       "bob@x.example, nobody@falcot.com"},
      {"not elsewhere", "root@x.example", "root@x.example"},
      {"itself", "self@falcot.com", "self@falcot.com, copy@y.example"},
      {"a backslash", "user@falcot.com", "nobody@falcot.com"},
      {"a quoted name", "\"Two Words\"@falcot.com", "carl@falcot.com"},
      {"an extension", "anna+e@falcot.com", "nobody@falcot.com"},
      {"a list with an owner", "list@falcot.com",
       "anna@x.example [owner-list@falcot.com], "
       "bob@x.example [owner-list@falcot.com]"},
      {"a list with an extension", "list+e@falcot.com",
       "anna@x.example [owner-list@falcot.com], "
       "bob@x.example [owner-list@falcot.com]"},
      {"a list in an alias", "both@falcot.com",
       "carl@falcot.com, anna@x.example [owner-list@falcot.com], "
       "bob@x.example [owner-list@falcot.com]"},
  };
  for (const Case& c : cases) EXPECT_EQ(Expand(c.address), c.want) << c.why;
}

TEST_F(ExpansionTest, VirtualAndLocalAliasesWorkTogether) {
  SetVirtual(
      "info@brand.example team@falcot.com\nlaure@x.example l@z.example\n");
  SetAliases("team: laure@x.example, info@brand.example.org\n");
  EXPECT_EQ(Expand("info@brand.example"),
            "l@z.example, info@brand.example.org");
}

// MTA-38.
TEST_F(ExpansionTest, ACircleOfLocalAliasesFails) {
  SetAliases("a: b\nb: a\n");
  EXPECT_THAT(Expand("a@falcot.com"),
              HasSubstr("5.4.6 alias database loop for "));
}

// MTA-33.
TEST_F(ExpansionTest, NeitherProgramsNorFilesAreReached) {
  SetFile("list", "x@y.example\n");
  SetAliases("cmd: \"|/bin/sh -c x\", anna\nfile: /etc/passwd\ninc: :include:" +
             dir_.path() + "/list\n");
  EXPECT_EQ(Expand("cmd@falcot.com"),
            "cmd@falcot.com 5.7.1 mail to command is restricted, "
            "anna@falcot.com");
  EXPECT_EQ(Expand("file@falcot.com"),
            "file@falcot.com 5.7.1 mail to file is restricted");
  EXPECT_EQ(Expand("inc@falcot.com"),
            "inc@falcot.com 5.7.1 mail to include is restricted");
}

TEST_F(ExpansionTest, AnIncludedFileIsReadWhenTheSettingsSaySo) {
  config_.set_allow_alias_includes(true);
  SetFile("list", "# members\nx@y.example, anna\n");
  SetFile("loop", ":include:" + dir_.path() + "/loop\n");
  SetAliases("inc: :include:" + dir_.path() + "/list\nloop: :include:" +
             dir_.path() + "/loop\nnone: :include:/nonexistent\n");
  EXPECT_EQ(Expand("inc@falcot.com"), "x@y.example, anna@falcot.com");
  EXPECT_EQ(Expand("loop@falcot.com"), "451 4.6.0 Alias expansion error");
  EXPECT_EQ(Expand("none@falcot.com"), "451 4.3.0 Temporary lookup failure");
}

TEST_F(ExpansionTest, AValueThatCannotBeReadIsTriedAgainLater) {
  SetAliases("a: b@c@d\n");
  EXPECT_EQ(Expand("a@falcot.com"), "451 4.6.0 Alias expansion error");
}

TEST_F(ExpansionTest, ProgramsAndFilesAreReachedWhereTheSettingsSaySo) {
  config_.set_allow_alias_includes(true);
  SetFile("list", "/inc/file, \"|/bin/inc x\", \"inner\"\n");
  SetAliases("a: /file, \"|/bin/x -a b\", :include:" + dir_.path() +
             "/list\ninner: /inner\n");
  const std::string no_file = "a@falcot.com 5.7.1 mail to file is restricted";
  const std::string no_command =
      "a@falcot.com 5.7.1 mail to command is restricted";
  config_.add_allow_mail_to_files("alias");
  config_.add_allow_mail_to_commands("include");
  config_.add_allow_mail_to_commands("forward");
  EXPECT_EQ(Expand("a@falcot.com"),
            "a@falcot.com </file>, " + no_command + ", " + no_file +
                ", a@falcot.com <|/bin/inc x>, inner@falcot.com </inner>");
  config_.clear_allow_mail_to_files();
  config_.add_allow_mail_to_files("include");
  config_.set_allow_mail_to_commands(0, "alias");
  EXPECT_EQ(
      Expand("a@falcot.com"),
      no_file + ", a@falcot.com <|/bin/x -a b>, a@falcot.com </inc/file>, " +
          no_command + ", inner@falcot.com 5.7.1 mail to file is restricted");
  config_.add_allow_mail_to_files("everywhere");
  const auto book = AddressBook::Open(config_).value();
  const auto canonical = Canonical::Open(config_, book).value();
  EXPECT_THAT(Expansion::Open(config_, book, *canonical).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("allow_mail_to_files: \"everywhere\"")));
}

}  // namespace
}  // namespace postern::mta::rewriting
