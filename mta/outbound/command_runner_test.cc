#include "mta/outbound/command_runner.h"

#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::outbound {
namespace {

using ::testing::Contains;
using ::testing::StartsWith;
using Kind = ChildEnd::Kind;

class CommandRunnerTest : public ::testing::Test {
 protected:
  Child Shell(const std::string& text) const {
    return {.words = {"/bin/sh", "-c", text},
            .environment = CommandEnvironment(),
            .owner = FileOwner{65534, 65534},
            .time_limit = absl::Seconds(30)};
  }

  std::optional<ChildEnd> Run(const CommandRunner& runner, Child child) {
    UniqueFd input = UnnamedFile(dir_.path()).value();
    return runtime_->BlockOn(runner.Run(std::move(child), std::move(input)));
  }

  static net::Task<> RunInto(const CommandRunner& runner, Child child,
                             UniqueFd input, std::optional<ChildEnd>& end) {
    std::optional<ChildEnd> what =
        co_await runner.Run(std::move(child), std::move(input));
    end = std::move(what);
  }

  const testing::TempDir dir_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  net::Drain drain_;
};

TEST_F(CommandRunnerTest, SaysHowTheCommandEnded) {
  const CommandRunner runner(drain_, 1);
  const auto end = Run(runner, Shell("echo words; exit 3"));
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->kind, Kind::kExited);
  EXPECT_EQ(end->code, 3);
  EXPECT_EQ(end->output, "words\n");
}

TEST_F(CommandRunnerTest, WhoHasNoTurnInTimeHasNone) {
  const CommandRunner runner(drain_, 1);
  std::optional<ChildEnd> first;
  net::Drain runs;
  net::Spawn(runs, runtime_->NextReactor(),
             RunInto(runner, Shell("sleep 1000"),
                     UnnamedFile(dir_.path()).value(), first));
  std::optional<ChildEnd> second;
  Child child = Shell("exit 0");
  child.time_limit = absl::Milliseconds(1);
  // The first one may need a moment to begin.
  do {
    second = Run(runner, child);
  } while (second.has_value());
  EXPECT_FALSE(first.has_value());
  drain_.Begin();
  EXPECT_TRUE(runs.AwaitIdle(absl::Seconds(30)));
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->kind, Kind::kStopped);
}

TEST_F(CommandRunnerTest, TheEnvironmentIsBareAndTheFileHasNoName) {
  EXPECT_THAT(CommandEnvironment(), Contains(StartsWith("PATH=")));
  for (const std::string& entry : CommandEnvironment()) {
    EXPECT_TRUE(entry.rfind("PATH=", 0) == 0 || entry.rfind("TZ=", 0) == 0 ||
                entry.rfind("LANG=", 0) == 0)
        << entry;
  }
  EXPECT_TRUE(UnnamedFile(dir_.path()).ok());
  EXPECT_FALSE(UnnamedFile("/nonexistent").ok());
}

}  // namespace
}  // namespace postern::mta::outbound
