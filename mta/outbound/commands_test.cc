#include "mta/outbound/commands.h"

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "mta/outbound/text_content.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Kind = ChildEnd::Kind;

class CommandsTest : public ::testing::Test {
 protected:
  CommandsTest() {
    config_.add_allow_mail_to_commands("alias");
    config_.mutable_command_time_limit()->set_seconds(30);
    config_.set_default_privs("nobody");
    config_.mutable_queue()->set_directory(dir_.path());
  }

  std::string Deliver(const std::string& text) {
    commands_ = Commands::Create(config_, drain_).value();
    const queue::Outcome outcome =
        runtime_->BlockOn(commands_->Deliver(text, letter_));
    return absl::StrCat(outcome.status, " ", outcome.reply);
  }

  testing::TempDir dir_;
  config::v1::Mta config_;
  const TextContent content_{
      "Return-Path: <forged@x>\r\nSubject: x\r\n\r\n$(id)\r\nFrom me\r\n"};
  Letter letter_ = {"s@y.example", "r@falcot.org", absl::Now(), &content_};
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  net::Drain drain_;
  std::unique_ptr<Commands> commands_;
};

TEST_F(CommandsTest, TheCommandReadsTheLetter) {
  letter_.original_recipient = "o@falcot.org";
  EXPECT_EQ(Deliver("/bin/cat"), "2.0.0 delivered to command");
  const std::string said = Deliver("/bin/sh -c 'cat; exit 65'");
  EXPECT_THAT(said, StartsWith("5.6.0 data format error. Command output: "
                               "From s@y.example  "));
  EXPECT_THAT(said, HasSubstr("?Return-Path: <s@y.example>?X-Original-To: "
                              "o@falcot.org?Delivered-To: r@falcot.org?"
                              "Subject: x??$(id)?From me?"));
}

TEST_F(CommandsTest, ItsEndMeansWhatSysexitsSays) {
  struct Case {
    const char* why;
    ChildEnd end;
    const char* want;
  };
  const Case cases[] = {
      {"done", {Kind::kExited, 0, "words"}, "2.0.0 delivered to command"},
      {"later", {Kind::kExited, 75, ""}, "4.3.0 temporary failure"},
      {"later", {Kind::kExited, 71, ""}, "4.3.0 system resource problem"},
      {"nobody", {Kind::kExited, 67, ""}, "5.1.1 user unknown"},
      {"unknown", {Kind::kExited, 1, ""}, "5.3.0 Command died with status 1"},
      {"its own status",
       {Kind::kExited, 75, "5.2.2 full\n"},
       "5.2.2 temporary failure. Command output: 5.2.2 full?"},
      {"its own status",
       {Kind::kExited, 67, "4.2.0"},
       "4.2.0 user unknown. Command output: 4.2.0"},
      {"no status of a failure",
       {Kind::kExited, 67, "2.0.0 ok"},
       "5.1.1 user unknown. Command output: 2.0.0 ok"},
      {"killed",
       {Kind::kSignal, SIGSEGV, ""},
       "5.3.0 Command died with signal 11"},
      {"too long",
       {Kind::kTimedOut, 0, "slow"},
       "5.3.0 Command time limit exceeded. Command output: slow"},
      {"the end of the relay",
       {Kind::kStopped, 0, ""},
       "4.3.2 the command was ended with the relay"},
      {"not there",
       {Kind::kNotStarted, 0, "/x: no"},
       "4.3.0 the command cannot be run"},
  };
  for (const Case& c : cases) {
    const queue::Outcome outcome = OutcomeOfChild(c.end);
    EXPECT_EQ(absl::StrCat(outcome.status, " ", outcome.reply), c.want)
        << c.why;
    EXPECT_EQ(static_cast<int>(outcome.kind), c.want[0] == '2'   ? 0
                                              : c.want[0] == '4' ? 1
                                                                 : 2);
  }
}

// MTA-33.
TEST_F(CommandsTest, WhatACommandSaysIsOneBoundedLineOfAscii) {
  const queue::Outcome outcome = OutcomeOfChild(
      {Kind::kExited, 1, "a\r\nX-Forged: \xff\n" + std::string(4000, 'x')});
  EXPECT_THAT(outcome.reply, HasSubstr("output: a??X-Forged: ??xxx"));
  EXPECT_LT(outcome.reply.size(), 2 * Commands::kMaxShownBytes);
}

// MTA-33.
TEST_F(CommandsTest, NothingRunsUnlessTheSettingsSaySo) {
  config_.clear_allow_mail_to_commands();
  EXPECT_EQ(Deliver("/bin/true"), "5.7.1 mail to command is restricted");
}

TEST_F(CommandsTest, WhatTheOperatorMustMendWaits) {
  EXPECT_EQ(Deliver("/bin/cat > /tmp/x"),
            "4.3.5 mail system configuration error");
  EXPECT_EQ(Deliver("/nonexistent/x"), "4.3.0 the command cannot be run");
  config_.mutable_queue()->set_directory("/nonexistent");
  EXPECT_THAT(Deliver("/bin/true"), StartsWith("4.2.0 "));
}

// MTA-38.
TEST_F(CommandsTest, ALetterThatHasBeenHereFails) {
  const TextContent again{"Delivered-To: r@falcot.org\r\n\r\nhello\r\n"};
  letter_.content = &again;
  EXPECT_EQ(Deliver("/bin/true"),
            "5.4.6 mail forwarding loop for r@falcot.org");
}

TEST_F(CommandsTest, ACommandThatTakesTooLongFails) {
  config_.mutable_command_time_limit()->set_seconds(1);
  EXPECT_EQ(Deliver("/bin/sleep 60"), "5.3.0 Command time limit exceeded");
}

TEST_F(CommandsTest, ACommandThatRunsWhenTheRelayStopsIsTriedAgain) {
  ASSERT_EQ(::chmod(dir_.path().c_str(), 0777), 0);
  const std::string mark = dir_.path() + "/runs";
  std::thread stopper([&] {
    const absl::Time give_up = absl::Now() + absl::Seconds(20);
    while (::access(mark.c_str(), F_OK) != 0 && absl::Now() < give_up) {
      std::this_thread::yield();
    }
    drain_.Begin();
  });
  EXPECT_EQ(
      Deliver(absl::StrCat("/bin/sh -c 'touch ", mark, "; exec sleep 60'")),
      "4.3.2 the command was ended with the relay");
  stopper.join();
}

TEST_F(CommandsTest, NoneIsBegunOnceTheRelayStops) {
  drain_.Begin();
  EXPECT_EQ(Deliver("/bin/true"), "4.3.2 this relay is stopping");
}

TEST_F(CommandsTest, NamesTheFieldAtFault) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root needs default_privs";
  config_.set_default_privs("root");
  EXPECT_THAT(Commands::Create(config_, drain_).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("default_privs: ")));
}

}  // namespace
}  // namespace postern::mta::outbound
