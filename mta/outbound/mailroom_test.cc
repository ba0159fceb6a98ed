#include "mta/outbound/mailroom.h"

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "mta/outbound/text_content.h"

namespace postern::mta::outbound {
namespace {

namespace fs = std::filesystem;
using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class MailroomTest : public ::testing::Test {
 protected:
  MailroomTest() {
    config_.set_myhostname("mx.falcot.org");
    config_.add_virtual_mailbox_domains("falcot.org");
    config_.set_virtual_mailbox_base(dir_.path());
    config_.add_virtual_mailbox_maps(
        "inline:{ {jean@falcot.org = falcot.org/jean/} "
        "{sophie@falcot.org = falcot.org/sophie} }");
    config_.set_mail_spool_directory(dir_.path());
    config_.set_deliver_lock_attempts(2);
    config_.set_virtual_minimum_uid(100);
  }

  std::string Mailbox(const char* user) {
    const auto room = Mailroom::Create(config_).value();
    const auto book = rewriting::AddressBook::Open(config_).value();
    return Shown(runtime_->BlockOn(
        room->DeliverToMailbox(*book, {user, "falcot.org"}, letter_)));
  }

  std::string User(const char* local_part) {
    const auto room = Mailroom::Create(config_).value();
    return Shown(
        runtime_->BlockOn(room->DeliverToUser(local_part, "+", letter_)));
  }

  std::string File(const std::string& path) {
    const auto room = Mailroom::Create(config_).value();
    return Shown(runtime_->BlockOn(room->DeliverToFile(path, letter_)));
  }

  static std::string Shown(const queue::Outcome& outcome) {
    return absl::StrCat(outcome.status, " ", outcome.reply);
  }

  testing::TempDir dir_;
  config::v1::Mta config_;
  const TextContent content_{"Subject: x\r\n\r\nhello\r\n"};
  const Letter letter_ = {"s@y.example", "r@falcot.org", absl::Now(),
                          &content_};
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(MailroomTest, JeanHasAMaildirAndSophieAnMbox) {
  EXPECT_EQ(Mailbox("jean"), "2.0.0 delivered to maildir");
  EXPECT_EQ(Mailbox("sophie"), "2.0.0 delivered to mailbox");
  EXPECT_TRUE(fs::is_directory(dir_.path() + "/falcot.org/jean/new"));
  EXPECT_THAT(ReadFile(dir_.path() + "/falcot.org/sophie").value(),
              StartsWith("From s@y.example "));
  EXPECT_EQ(Mailbox("bob"), "5.1.1 unknown user: \"bob@falcot.org\"");
}

TEST_F(MailroomTest, AUserHasAFileInTheSpoolDirectory) {
  EXPECT_EQ(User("Root+list"), "2.0.0 delivered to mailbox");
  EXPECT_THAT(ReadFile(dir_.path() + "/root").value(), HasSubstr("hello\n"));
  config_.set_mail_spool_directory(dir_.path() + "/");
  fs::remove(dir_.path() + "/root");
  EXPECT_EQ(User("root"), "2.0.0 delivered to maildir");
}

// MTA-33.
TEST_F(MailroomTest, WhoIsNoUserHasNoFile) {
  for (const char* user :
       {"nobody-of-this-name", "../root", "root/x", "a:b", ".", ""}) {
    EXPECT_THAT(User(user), StartsWith("5.1.1 unknown user")) << user;
  }
  EXPECT_TRUE(fs::is_empty(dir_.path()));
}

TEST_F(MailroomTest, AWrongPathInATableDefers) {
  config_.clear_virtual_mailbox_maps();
  config_.add_virtual_mailbox_maps("static:../x/");
  EXPECT_THAT(Mailbox("jean"), StartsWith("4.3.5 mailbox \"../x/\""));
  config_.clear_virtual_mailbox_maps();
  config_.add_virtual_mailbox_maps("static:../x");
  EXPECT_THAT(Mailbox("jean"), StartsWith("4.3.5 mailbox \"../x\""));
}

TEST_F(MailroomTest, ALockedMailboxDefersInTheEnd) {
  ASSERT_THAT(WriteFile(dir_.path() + "/root.lock", ""), IsOk());
  EXPECT_EQ(User("root"), "4.2.0 mailbox is locked");
}

TEST_F(MailroomTest, AnOwnerThatIsNoneDefers) {
  config_.add_virtual_gid_maps("static:5000");
  for (const char* uid :
       {"static:0", "static:99", "static:x", "inline:{a=b}"}) {
    config_.clear_virtual_uid_maps();
    config_.add_virtual_uid_maps(uid);
    EXPECT_THAT(Mailbox("jean"), StartsWith("4.3.0 ")) << uid;
  }
}

TEST_F(MailroomTest, NamesTheFieldAtFault) {
  struct Case {
    const char* field;
    void (*spoil)(config::v1::Mta&);
  };
  const Case cases[] = {
      {"virtual_mailbox_base",
       [](config::v1::Mta& c) { c.clear_virtual_mailbox_base(); }},
      {"virtual_mailbox_limit",
       [](config::v1::Mta& c) {
         c.set_message_size_limit(2);
         c.set_virtual_mailbox_limit(1);
       }},
      {"mailbox_size_limit",
       [](config::v1::Mta& c) {
         c.set_message_size_limit(2);
         c.set_mailbox_size_limit(1);
       }},
      {"home_mailbox", [](config::v1::Mta& c) { c.set_home_mailbox("../x"); }},
      {"virtual_uid_maps",
       [](config::v1::Mta& c) { c.add_virtual_uid_maps("static:5000"); }},
  };
  for (const Case& c : cases) {
    config::v1::Mta config = config_;
    c.spoil(config);
    EXPECT_THAT(
        Mailroom::Create(config),
        StatusIs(absl::StatusCode::kInvalidArgument, StartsWith(c.field)));
  }
}

TEST_F(MailroomTest, AnAliasMayNameAFileOrAMaildir) {
  config_.add_allow_mail_to_files("alias");
  config_.set_default_privs("nobody");
  fs::permissions(dir_.path(), fs::perms::all);
  const std::string file = dir_.path() + "/archive";
  EXPECT_EQ(File(file), "2.0.0 delivered to mailbox");
  EXPECT_EQ(File(file), "2.0.0 delivered to mailbox");
  const std::string text = ReadFile(file, 1 << 20).value();
  EXPECT_THAT(text, StartsWith("From s@y.example  "));
  EXPECT_THAT(text, HasSubstr("hello\n\nFrom s@y.example  "));
  EXPECT_EQ(File(dir_.path() + "/list/"), "2.0.0 delivered to maildir");
  EXPECT_FALSE(fs::is_empty(dir_.path() + "/list/new"));
  EXPECT_EQ(File("/dev/null"), "2.0.0 delivered to file");
}

// MTA-33.
TEST_F(MailroomTest, AFileIsWrittenOnlyWhereItMayBe) {
  EXPECT_EQ(File(dir_.path() + "/x"), "5.7.1 mail to file is restricted");
  config_.add_allow_mail_to_files("include");
  config_.set_default_privs("nobody");
  fs::permissions(dir_.path(), fs::perms::all);
  fs::create_symlink("/etc/passwd", dir_.path() + "/link");
  fs::create_directory(dir_.path() + "/folder");
  for (const char* name :
       {"/link", "/folder", "/missing/x", "/.hidden", "/..", "//"}) {
    EXPECT_THAT(File(dir_.path() + name), StartsWith("4.")) << name;
  }
  EXPECT_THAT(File("relative"), StartsWith("4.3.5 "));
  if (::geteuid() != 0) return;
  // Root writes nothing in nobody's name where nobody may not.
  fs::permissions(dir_.path(), fs::perms::owner_all);
  EXPECT_THAT(File(dir_.path() + "/x"), StartsWith("4.2.0 "));
  EXPECT_FALSE(fs::exists(dir_.path() + "/x"));
}

}  // namespace
}  // namespace postern::mta::outbound
