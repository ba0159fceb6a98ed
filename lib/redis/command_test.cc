#include "lib/redis/command.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace postern::redis {
namespace {

TEST(CommandTest, IsAnArrayOfByteStrings) {
  EXPECT_EQ(FormatCommand({"GET", "key"}), "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n");
}

TEST(CommandTest, ArgumentsMayBeEmpty) {
  EXPECT_EQ(FormatCommand({"SET", "k", ""}),
            "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n");
}

TEST(CommandTest, Mta32NothingInAnArgumentEndsItOrBeginsAnother) {
  const std::string nasty("a\r\nDEL *\r\n\0b", 12);
  EXPECT_EQ(FormatCommand({"GET", nasty}),
            "*2\r\n$3\r\nGET\r\n$12\r\n" + nasty + "\r\n");
}

TEST(CommandTest, CommandsFollowEachOther) {
  std::string wire;
  AppendCommand({"PING"}, wire);
  AppendCommand({"PING"}, wire);
  EXPECT_EQ(wire, "*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n");
}

TEST(CommandTest, MayHaveManyArguments) {
  const std::vector<absl::string_view> args(1000, "x");
  const std::string wire = FormatCommand(args);
  EXPECT_EQ(wire.size(), 7 + 1000 * 7u);
  EXPECT_EQ(wire.substr(0, 7), "*1000\r\n");
}

}  // namespace
}  // namespace postern::redis
