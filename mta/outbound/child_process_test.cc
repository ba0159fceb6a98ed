#include "mta/outbound/child_process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/unique_fd.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::outbound {
namespace {

using Kind = ChildEnd::Kind;
using ::testing::HasSubstr;

class ChildProcessTest : public ::testing::Test {
 protected:
  ChildProcessTest() {
    if (::geteuid() == 0) child_.owner = FileOwner{65534, 65534};
  }

  ChildEnd Run(const std::string& script, const std::string& input = "") {
    const UniqueFd file(::memfd_create("input", 0));
    EXPECT_EQ(::write(file.get(), input.data(), input.size()),
              static_cast<ssize_t>(input.size()));
    ::lseek(file.get(), 0, SEEK_SET);
    child_.words = {"/bin/sh", "-c", script};
    child_.input = file.get();
    return RunChild(child_, stop_);
  }

  Child child_ = {.words = {},
                  .environment = {"PATH=/usr/bin:/bin"},
                  .input = -1,
                  .owner = {},
                  .time_limit = absl::Seconds(30)};
  int stop_ = -1;
};

TEST_F(ChildProcessTest, TheProgramReadsItsInputAndSaysHowItEnded) {
  const ChildEnd end = Run("cat; echo error >&2; exit 75", "a message\n");
  EXPECT_EQ(end.kind, Kind::kExited);
  EXPECT_EQ(end.code, 75);
  EXPECT_EQ(end.output, "a message\nerror\n");
  EXPECT_EQ(Run("exit 0").code, 0);
  // It need not read.
  EXPECT_EQ(Run("exit 3", std::string(1 << 20, 'x')).code, 3);
}

TEST_F(ChildProcessTest, ASignalIsNoExitCode) {
  const ChildEnd end = Run("kill -TERM $$");
  EXPECT_EQ(end.kind, Kind::kSignal);
  EXPECT_EQ(end.code, SIGTERM);
}

// MTA-33.
TEST_F(ChildProcessTest, TheProgramHasNothingOfOursButItsInput) {
  ::setenv("SECRET", "x", 1);
  const UniqueFd secret(::open("/dev/null", O_RDONLY));  // Not O_CLOEXEC.
  const ChildEnd end = Run("env; ls /proc/self/fd; pwd; umask");
  EXPECT_THAT(end.output, HasSubstr("PATH=/usr/bin:/bin\n"));
  EXPECT_EQ(end.output.find("SECRET"), std::string::npos);
  EXPECT_THAT(end.output, HasSubstr("\n0\n1\n2\n3\n/\n0077\n"));  // 3: ls.
}

TEST_F(ChildProcessTest, NothingRunsAsRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  const ChildEnd end = Run("id -u; id -g; id -G");
  EXPECT_EQ(end.output, "65534\n65534\n65534\n");
  child_.owner = FileOwner{0, 0};
  EXPECT_EQ(Run("exit 0").kind, Kind::kNotStarted);
  child_.owner.reset();
  EXPECT_EQ(Run("exit 0").kind, Kind::kNotStarted);
}

TEST_F(ChildProcessTest, OnlyTheBeginningOfTheOutputIsKept) {
  const ChildEnd end = Run("head -c 1000000 /dev/zero; exit 5");
  EXPECT_EQ(end.code, 5);
  EXPECT_EQ(end.output.size(), kMaxOutputBytes);
}

TEST_F(ChildProcessTest, WhoTakesTooLongIsKilledWithAllItStarted) {
  child_.time_limit = absl::Milliseconds(300);
  const absl::Time begin = absl::Now();
  const ChildEnd end = Run("echo begun; sleep 60 & sleep 60");
  EXPECT_EQ(end.kind, Kind::kTimedOut);
  EXPECT_EQ(end.output, "begun\n");
  EXPECT_EQ(Run("yes").kind, Kind::kTimedOut);
  EXPECT_LT(absl::Now() - begin, absl::Seconds(20));
}

TEST_F(ChildProcessTest, WhatStaysBehindIsNotWaitedFor) {
  const absl::Time begin = absl::Now();
  EXPECT_EQ(Run("sleep 20 & exit 0").kind, Kind::kExited);
  EXPECT_LT(absl::Now() - begin, absl::Seconds(15));
}

TEST_F(ChildProcessTest, ItEndsWithTheRelay) {
  const testing::TempDir dir;
  ::chmod(dir.path().c_str(), 0711);
  const std::string fifo = dir.path() + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0), 0);
  ::chmod(fifo.c_str(), 0666);
  const absl::Time begin = absl::Now();
  // The program says itself when the relay stops.
  const auto run = [&](const std::string& then) {
    const UniqueFd stop(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK));
    stop_ = stop.get();
    return Run(absl::StrCat("trap '", then, "' TERM; echo > ", fifo,
                            "; sleep 60 & wait"))
        .kind;
  };
  EXPECT_EQ(run("exit 3"), Kind::kStopped);
  EXPECT_EQ(run("exit 0"), Kind::kExited);
  EXPECT_EQ(run("-"), Kind::kStopped);
  EXPECT_LT(absl::Now() - begin, kStopWait);
}

TEST_F(ChildProcessTest, AProgramThatIsNotThereIsNotStarted) {
  child_.words = {"/nonexistent/program"};
  const UniqueFd empty(::open("/dev/null", O_RDONLY));
  child_.input = empty.get();
  const ChildEnd end = RunChild(child_, stop_);
  EXPECT_EQ(end.kind, Kind::kNotStarted);
  EXPECT_THAT(end.output, HasSubstr("No such file"));
}

}  // namespace
}  // namespace postern::mta::outbound
