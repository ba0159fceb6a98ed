#include "mta/outbound/maildir.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "mta/outbound/text_content.h"

namespace postern::mta::outbound {
namespace {

namespace fs = std::filesystem;
using ::postern::testing::StatusIs;
using ::postern::testing::TempDir;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using Kind = queue::Outcome::Kind;
using Pieces = std::vector<std::string>;

std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files.push_back(entry.path().filename());
  }
  return files;
}

class MaildirTest : public ::testing::Test {
 protected:
  Maildir At(absl::string_view path) {
    return Maildir::At(base_.path(), path, "mx.example.org", 0).value();
  }

  queue::Outcome Deliver(const queue::Content& content,
                         absl::string_view recipient = "a@example.org") {
    return At("example.org/a/")
        .Deliver({"s@example.net", recipient,
                  absl::FromUnixMicros(1'700'000'000'000'042), &content});
  }

  std::string Folder(absl::string_view part) {
    return base_.path() + "/example.org/a/" + std::string(part);
  }

  // The one message in new/.
  std::string TheMessage() {
    const std::vector<std::string> files = FilesIn(Folder("new"));
    EXPECT_THAT(files, SizeIs(1));
    return ReadFile(Folder("new/") + files[0]).value();
  }

  TempDir base_;
};

TEST_F(MaildirTest, ANewMessageIsInNewWithLfAndItsEnvelope) {
  const TextContent content(Pieces{"Subject: x\r", "\n\r\nhello\r\n"});
  const queue::Outcome outcome = Deliver(content);
  EXPECT_EQ(outcome.kind, Kind::kDelivered);
  EXPECT_EQ(outcome.status, "2.0.0");
  EXPECT_EQ(TheMessage(),
            "Return-Path: <s@example.net>\nDelivered-To: a@example.org\n"
            "Subject: x\n\nhello\n");
  EXPECT_THAT(FilesIn(Folder("tmp")), IsEmpty());
  EXPECT_THAT(FilesIn(Folder("cur")), IsEmpty());
}

TEST_F(MaildirTest, KeepsAnAddressBeyondAscii) {
  const TextContent content("Subject: x\r\n\r\n");
  Deliver(content, "j\xC3\xB6rg@example.org");
  EXPECT_THAT(TheMessage(),
              HasSubstr("Delivered-To: j\xC3\xB6rg@example.org\nSubject: x\n"));
}

TEST_F(MaildirTest, LeavesTheReportOfSuccessToUs) {
  const TextContent content("Subject: x\r\n\r\n");
  EXPECT_EQ(Deliver(content).handover, queue::Outcome::Handover::kMailbox);
}

TEST_F(MaildirTest, TheNameOfTheFileIsOurs) {
  Deliver(TextContent("\r\n"), "../../../../tmp/x@example.org");
  const std::vector<std::string> files = FilesIn(Folder("new"));
  ASSERT_THAT(files, SizeIs(1));
  EXPECT_THAT(files[0],
              MatchesRegex("1700000000\\.M42P[0-9]+Q[0-9]+R[0-9a-z]+\\.mx\\."
                           "example\\.org"));
}

TEST_F(MaildirTest, ManyMessagesOfOneMomentHaveManyNames) {
  const TextContent content("\r\n");
  for (int i = 0; i < 20; ++i) Deliver(content);
  EXPECT_THAT(FilesIn(Folder("new")), SizeIs(20));
}

TEST_F(MaildirTest, FoldersAndFilesAreForUsAlone) {
  Deliver(TextContent("\r\n"));
  for (const char* folder : {"", "new", "tmp", "cur"}) {
    struct stat info;
    ASSERT_EQ(::stat(Folder(folder).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0700u) << folder;
  }
  struct stat info;
  const std::string file = Folder("new/") + FilesIn(Folder("new"))[0];
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(MaildirTest, ContentThatIsNoTextIsKept) {
  const TextContent content(
      Pieces{"\r\na\rb\r", "\rc\nd\r\n\xff\0", std::string("\0e", 2), "\r"});
  Deliver(content);
  EXPECT_THAT(TheMessage(), ::testing::EndsWith(std::string(
                                "\n\na\rb\r\rc\nd\n\xff\0e\r", 15)));
}

// MTA-38.
TEST_F(MaildirTest, MailThatHasBeenHereBeforeIsALoop) {
  for (const Pieces& pieces :
       {Pieces{"Delivered-To: A@example.org\r\n\r\nx"},
        Pieces{"X: y\r\ndelivered-to:a@example.org\r\n\r\n"},
        Pieces{"X: y\r\nDeliver", "ed-To:  a@example.org \r\n", "\r\nx"}}) {
    const queue::Outcome outcome = Deliver(TextContent(pieces));
    EXPECT_EQ(outcome.kind, Kind::kFailed);
    EXPECT_EQ(outcome.status, "5.4.6");
  }
  EXPECT_FALSE(fs::exists(Folder("new")));
}

TEST_F(MaildirTest, WhatLooksLikeALoopButIsNone) {
  for (const char* text : {"Delivered-To: b@example.org\r\n\r\n",
                           "Subject: x\r\n\r\nDelivered-To: a@example.org\r\n",
                           "X: Delivered-To: a@example.org\r\n\r\n"}) {
    EXPECT_EQ(Deliver(TextContent(text)).kind, Kind::kDelivered);
  }
}

TEST_F(MaildirTest, TheNullSenderIsShown) {
  const TextContent content("\r\n");
  At("example.org/a/").Deliver({"", "a@example.org", absl::Now(), &content});
  EXPECT_THAT(TheMessage(), ::testing::StartsWith("Return-Path: <>\n"));
}

// MTA-34.
TEST_F(MaildirTest, AnAddressCannotAddAHeader) {
  Deliver(TextContent("\r\n"), "a\r\nX-Evil: 1\r\n@example.org");
  EXPECT_THAT(TheMessage(), ::testing::Not(HasSubstr("\nX-Evil")));
}

TEST_F(MaildirTest, APathMustStayBelowTheBase) {
  for (const char* path : {"", "/", "a", "/a/", "../a/", "a/../b/", "a//b/",
                           "./a/", "a/.b/", "a\n/", "a/.."}) {
    SCOPED_TRACE(path);
    EXPECT_THAT(Maildir::At("/base", path, "mx", 0),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(Maildir::At("", "a/", "mx", 0),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("virtual_mailbox_base")));
}

TEST_F(MaildirTest, AMissingBaseIsNotMade) {
  const TextContent content("\r\n");
  const std::string base = base_.path() + "/mount";
  const queue::Outcome outcome =
      Maildir::At(base, "a/", "mx", 0)
          ->Deliver({"s@y", "a@x", absl::Now(), &content});
  EXPECT_EQ(outcome.kind, Kind::kDeferred);
  EXPECT_EQ(outcome.status, "4.2.0");
  EXPECT_FALSE(fs::exists(base));
}

TEST_F(MaildirTest, AFileInTheWayDefers) {
  ASSERT_TRUE(WriteFile(base_.path() + "/example.org", "x").ok());
  const queue::Outcome outcome = Deliver(TextContent("\r\n"));
  EXPECT_EQ(outcome.kind, Kind::kDeferred);
  EXPECT_EQ(outcome.status, "4.2.0");
}

TEST_F(MaildirTest, NoRoomDefersAndLeavesNothing) {
  Deliver(TextContent("\r\n"));
  // A limit on the size of files stands in for a full disk.
  rlimit old;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {1000, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const queue::Outcome outcome =
      Deliver(TextContent("\r\n" + std::string(5000, 'x')));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(outcome.kind, Kind::kDeferred);
  EXPECT_EQ(outcome.status, "4.3.1");
  EXPECT_THAT(FilesIn(Folder("tmp")), IsEmpty());
  EXPECT_THAT(FilesIn(Folder("new")), SizeIs(1));
}

TEST_F(MaildirTest, AnUnreadableMessageDefersAndLeavesNothing) {
  TextContent content(Pieces{"X: y\r\n\r\n", "second"});
  content.Lose(1);
  EXPECT_EQ(Deliver(content).status, "4.3.0");
  content.Lose(0);
  EXPECT_EQ(Deliver(content).status, "4.3.0");
  EXPECT_THAT(FilesIn(Folder("tmp")), IsEmpty());
  EXPECT_THAT(FilesIn(Folder("new")), IsEmpty());
}

}  // namespace
}  // namespace postern::mta::outbound
