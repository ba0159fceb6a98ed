#include "ctl/command_line.h"

#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct CommandRun {
  explicit CommandRun(const std::vector<std::string>& words,
                      absl::Status answer = absl::OkStatus()) {
    const auto act = [this, answer](const Invocation& given,
                                    std::ostream& out) {
      invocation = given;
      out << "done\n";
      return answer;
    };
    const std::vector<Verb> verbs = {
        {"queue list", "[--limit N]", "Lists it.", act},
        {"queue listen", "", "Another one.", act},
    };
    std::ostringstream out_stream;
    std::ostringstream error_stream;
    code = RunCommandLine(verbs, words, out_stream, error_stream);
    out = out_stream.str();
    errors = error_stream.str();
  }

  int code;
  std::string out;
  std::string errors;
  Invocation invocation;
};

TEST(CommandLineTest, RunsTheVerbWithWhatFollowsIt) {
  const CommandRun run({"queue", "list", "--limit", "3"});
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.out, "done\n");
  EXPECT_THAT(run.errors, IsEmpty());
  EXPECT_THAT(run.invocation.arguments, ElementsAre("--limit", "3"));
  EXPECT_FALSE(run.invocation.json);
}

TEST(CommandLineTest, TakesCommonOptionsAnywhere) {
  const CommandRun run({"--json", "queue", "--server", "unix:/a", "list", "x"});
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(run.invocation.json);
  EXPECT_EQ(run.invocation.server, "unix:/a");
  EXPECT_THAT(run.invocation.arguments, ElementsAre("x"));
  EXPECT_EQ(CommandRun({"queue", "list", "--server=b"}).invocation.server, "b");
}

TEST(CommandLineTest, ShowsTheUsageForAnUnknownVerb) {
  const CommandRun run({"queue", "lis"});
  EXPECT_EQ(run.code, 64);
  EXPECT_THAT(run.errors, HasSubstr("no such verb"));
  EXPECT_THAT(run.errors, HasSubstr("posternctl queue list [--limit N]"));
  EXPECT_EQ(CommandRun({}).code, 64);
  EXPECT_EQ(CommandRun({"--server"}).code, 64);
}

TEST(CommandLineTest, ShowsTheUsageOnRequest) {
  const CommandRun all({"--help"});
  EXPECT_EQ(all.code, 0);
  EXPECT_THAT(all.out, HasSubstr("Another one."));
  const CommandRun one({"queue", "list", "--help"});
  EXPECT_EQ(one.code, 0);
  EXPECT_THAT(one.out, HasSubstr("Lists it."));
  EXPECT_THAT(one.out, Not(HasSubstr("Another one.")));
}

TEST(CommandLineTest, AVerbMayHaveAnOptionH) {
  EXPECT_EQ(CommandRun({"-h"}).code, 0);
  const CommandRun run({"queue", "list", "-h", "x"});
  EXPECT_THAT(run.invocation.arguments, ElementsAre("-h", "x"));
}

TEST(CommandLineTest, SaysInOneLineWhatFailed) {
  const CommandRun run({"queue", "list"}, absl::UnavailableError("no socket"));
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.errors, "posternctl queue list: no socket\n");
}

TEST(CommandLineTest, AddsTheVerbsUsageToWrongArguments) {
  const CommandRun run({"queue", "list"}, absl::InvalidArgumentError("bad"));
  EXPECT_EQ(run.code, 64);
  EXPECT_EQ(run.errors,
            "posternctl queue list: bad\n"
            "usage: posternctl queue list [--limit N]\n");
}

}  // namespace
}  // namespace postern::ctl
