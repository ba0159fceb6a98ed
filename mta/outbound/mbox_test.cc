#include "mta/outbound/mbox.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/base/unique_fd.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "mta/outbound/text_content.h"

namespace postern::mta::outbound {
namespace {

namespace fs = std::filesystem;
using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using Kind = queue::Outcome::Kind;

class MboxTest : public ::testing::Test {
 protected:
  std::optional<queue::Outcome> Deliver(const queue::Content& content,
                                        int64_t limit = 0) {
    return Mbox::At(base_.path(), "example.org/sophie", limit)
        ->Deliver(
            {"s@example.net", "sophie@example.org", absl::Now(), &content});
  }
  std::optional<queue::Outcome> Deliver(const std::string& text,
                                        int64_t limit = 0) {
    return Deliver(TextContent(text), limit);
  }
  std::string Mail() { return ReadFile(path_).value_or(""); }

  testing::TempDir base_;
  const std::string path_ = base_.path() + "/example.org/sophie";
};

TEST_F(MboxTest, MessagesFollowEachOther) {
  for (const char* text : {"A: 1\r\n\r\nFrom me\r\n", "A: 2\r\n\r\nx"}) {
    const std::optional<queue::Outcome> outcome = Deliver(text);
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->kind, Kind::kDelivered) << outcome->reply;
  }
  EXPECT_THAT(
      Mail(),
      ::testing::MatchesRegex(
          "From s@example\\.net  [^\n]+\nReturn-Path: <s@example\\.net>\n"
          "Delivered-To: sophie@example\\.org\nA: 1\n\n>From me\n\n"
          "From s@example\\.net  [^\n]+\nReturn-Path: <s@example\\.net>\n"
          "Delivered-To: sophie@example\\.org\nA: 2\n\nx\n\n"));
  EXPECT_FALSE(fs::exists(path_ + ".lock"));
  struct stat info;
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(MboxTest, WhatWasThereDoesNotSwallowAMessage) {
  fs::create_directory(base_.path() + "/example.org");
  ASSERT_THAT(WriteFile(path_, "From x\n\nno end"), IsOk());
  ASSERT_TRUE(Deliver("\r\n").has_value());
  EXPECT_THAT(Mail(), HasSubstr("no end\n\nFrom s@example.net "));
}

TEST_F(MboxTest, ALockOfAnotherProgramIsRespected) {
  ASSERT_TRUE(Deliver("\r\n").has_value());
  const std::string before = Mail();
  ASSERT_THAT(WriteFile(path_ + ".lock", "4711"), IsOk());
  EXPECT_EQ(Deliver("\r\n"), std::nullopt);
  EXPECT_TRUE(fs::exists(path_ + ".lock"));
  fs::remove(path_ + ".lock");
  {
    const UniqueFd fd(::open(path_.c_str(), O_RDWR));
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    ASSERT_EQ(::fcntl(fd.get(), F_OFD_SETLK, &lock), 0);
    EXPECT_EQ(Deliver("\r\n"), std::nullopt);
  }
  EXPECT_EQ(Mail(), before);
  EXPECT_FALSE(fs::exists(path_ + ".lock"));
  EXPECT_TRUE(Deliver("\r\n").has_value());
}

TEST_F(MboxTest, AStaleLockFileIsRemoved) {
  ASSERT_TRUE(Deliver("\r\n").has_value());
  const std::string lock = path_ + ".lock";
  ASSERT_THAT(WriteFile(lock, "4711"), IsOk());
  fs::last_write_time(
      lock, fs::file_time_type::clock::now() - std::chrono::seconds(600));
  EXPECT_TRUE(Deliver("\r\n").has_value());
}

TEST_F(MboxTest, ThreadsDoNotWriteIntoEachOthersMessages) {
  const std::string body = "\r\n" + std::string(300'000, 'x') + "\r\n";
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this, &body] {
      for (int n = 0; n < 5;) n += Deliver(body).has_value();
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string mail = Mail();
  size_t count = 0;
  for (size_t at = mail.find("From s@"); at != mail.npos;
       at = mail.find("From s@", at + 1)) {
    ++count;
    EXPECT_EQ(mail.find("\n\n" + std::string(300'000, 'x') + "\n\n", at),
              mail.find("\n\n", at));
  }
  EXPECT_EQ(count, 20u);
}

TEST_F(MboxTest, AFullMailboxFailsAndStaysAsItWas) {
  ASSERT_TRUE(Deliver("\r\n").has_value());
  const std::string before = Mail();
  const std::optional<queue::Outcome> outcome =
      Deliver("\r\n" + std::string(900'000, 'x'), 500'000);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->kind, Kind::kFailed);
  EXPECT_EQ(outcome->status, "5.2.2");
  EXPECT_EQ(Mail(), before);
}

TEST_F(MboxTest, AMessageThatCannotBeReadLeavesNoPart) {
  TextContent content(std::vector<std::string>{"X: y\r\n\r\n", "second"});
  content.Lose(1);
  const std::optional<queue::Outcome> outcome = Deliver(content);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->status, "4.3.0");
  EXPECT_EQ(Mail(), "");
}

TEST_F(MboxTest, AMessageThatHasBeenHereIsALoop) {
  const auto outcome = Deliver("Delivered-To: sophie@example.org\r\n\r\n");
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->status, "5.4.6");
}

// MTA-33.
TEST_F(MboxTest, NeitherLinksNorPipesAreWrittenTo) {
  fs::create_directory(base_.path() + "/example.org");
  const std::string victim = base_.path() + "/victim";
  ASSERT_THAT(WriteFile(victim, ""), IsOk());
  const auto refused = [this](absl::string_view why) {
    const std::optional<queue::Outcome> outcome = Deliver("\r\n");
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->kind, Kind::kDeferred) << why;
    fs::remove(path_);
  };
  fs::create_symlink(victim, path_);
  refused("a symbolic link");
  fs::create_hard_link(victim, path_);
  refused("a file with two names");
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  refused("a pipe");
  fs::create_directory(path_);
  refused("a folder");
  EXPECT_EQ(ReadFile(victim).value(), "");
}

TEST_F(MboxTest, APathMustStayBelowTheBase) {
  for (const char* path : {"", "/a", "../a", "a/../b", "a//b", ".a", "a/"}) {
    EXPECT_THAT(Mbox::At("/base", path, 0),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << path;
  }
  EXPECT_THAT(Mbox::At("", "a", 0),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace postern::mta::outbound
