#include "lib/daemon/main.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/daemon/example.pb.h"
#include "lib/testing/temp_dir.h"

namespace postern::daemon {
namespace {

using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::CaptureStdout;
using ::testing::internal::GetCapturedStderr;
using ::testing::internal::GetCapturedStdout;

absl::Status Start(const testing::Example& config, Daemon&) {
  if (config.greeting() == "busy") {
    return absl::AlreadyExistsError("127.0.0.1:25: address already in use");
  }
  return absl::OkStatus();
}

absl::Status Check(const testing::Example& config) {
  if (config.greeting() == "rude") {
    return absl::InvalidArgumentError("greeting: must be polite");
  }
  return absl::OkStatus();
}

int RunWith(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "example");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  return Main<testing::Example>(static_cast<int>(argv.size()), argv.data(),
                                "example", Start, Check);
}

class MainTest : public ::testing::Test {
 protected:
  std::string Config(const std::string& yaml) {
    const std::string path = dir_.path() + "/example.yaml";
    EXPECT_TRUE(WriteFile(path, yaml).ok());
    return path;
  }

  postern::testing::TempDir dir_;
};

TEST_F(MainTest, PrintsItsVersionAndHelp) {
  CaptureStdout();
  EXPECT_EQ(RunWith({"--version"}), 0);
  EXPECT_THAT(GetCapturedStdout(), HasSubstr("example (Postern) "));
  CaptureStdout();
  EXPECT_EQ(RunWith({"--help"}), 0);
  EXPECT_THAT(GetCapturedStdout(), HasSubstr("--print-config"));
}

TEST_F(MainTest, WrongFlagsExitWith64) {
  CaptureStderr();
  EXPECT_EQ(RunWith({"--nonsense"}), 64);
  EXPECT_THAT(GetCapturedStderr(), HasSubstr("example: unknown argument"));
}

TEST_F(MainTest, WrongConfigurationExitsWith78AndOneLine) {
  const std::string path = Config("greetin: x\n");
  CaptureStderr();
  EXPECT_EQ(RunWith({"--config", path}), 78);
  EXPECT_EQ(GetCapturedStderr(),
            absl::StrCat("example: ", path,
                         ":1:1: greetin: unknown field; did you mean "
                         "\"greeting\"?\n"));
  CaptureStderr();
  EXPECT_EQ(RunWith({"--config", Config("greeting: rude\n"), "--check"}), 78);
  EXPECT_THAT(GetCapturedStderr(), HasSubstr("greeting: must be polite\n"));
  CaptureStderr();
  EXPECT_EQ(RunWith({"--config", "/nonexistent/x.yaml"}), 78);
  EXPECT_THAT(GetCapturedStderr(), HasSubstr("/nonexistent/x.yaml"));
}

TEST_F(MainTest, ChecksAndPrintsWithoutStarting) {
  const std::string path = Config("greeting: busy\n");
  CaptureStdout();
  EXPECT_EQ(RunWith({"--config", path, "--check"}), 0);
  EXPECT_THAT(GetCapturedStdout(), HasSubstr("configuration is good"));
  CaptureStdout();
  EXPECT_EQ(RunWith({"--config", path, "--print-config"}), 0);
  EXPECT_THAT(GetCapturedStdout(), HasSubstr("greeting: busy"));
  CaptureStdout();
  EXPECT_EQ(RunWith({"--print-config"}), 0);
  EXPECT_THAT(GetCapturedStdout(), HasSubstr("greeting: hello"));
}

TEST_F(MainTest, APartThatCannotStartEndsTheProgramWith1) {
  const std::string path =
      Config("greeting: busy\ndaemon: {metrics: '', admin: {listen: ''}}\n");
  CaptureStderr();
  EXPECT_EQ(RunWith({"--config", path}), 1);
  EXPECT_EQ(GetCapturedStderr(),
            "example: 127.0.0.1:25: address already in use\n");
}

// Runs the program in a child, its log in a file, and tells it to stop.
TEST_F(MainTest, ServesUntilTerminatedAndThenDrains) {
  const std::string path =
      Config("daemon: {metrics: '', admin: {listen: ''}}\n");
  const std::string log = dir_.path() + "/log";
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (std::freopen(log.c_str(), "w", stdout) == nullptr) ::_exit(99);
    ::_exit(RunWith({"--config", path}));
  }
  const auto give_up =
      std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (ReadFile(log).value_or("").find("event=ready") == std::string::npos &&
         std::chrono::steady_clock::now() < give_up) {
    ::sched_yield();
  }
  ::kill(child, SIGTERM);
  int result = -1;
  ASSERT_EQ(::waitpid(child, &result, 0), child);
  EXPECT_TRUE(WIFEXITED(result));
  EXPECT_EQ(WEXITSTATUS(result), 0);
  const std::string text = ReadFile(log).value_or("");
  EXPECT_THAT(text, HasSubstr("event=ready"));
  EXPECT_THAT(text, HasSubstr("event=stopped"));
}

}  // namespace
}  // namespace postern::daemon
