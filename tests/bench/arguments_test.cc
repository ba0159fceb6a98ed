#include "tests/bench/arguments.h"

#include <vector>

#include "gtest/gtest.h"

namespace postern::bench {
namespace {

struct Options {
  std::string to = "127.0.0.1:25";
  uint64_t count = 7;
};

Options Parse(std::vector<const char*> words) {
  words.insert(words.begin(), "load");
  Options options;
  TakeArguments(static_cast<int>(words.size()), words.data(),
                {{"--to", &options.to}, {"--count", &options.count}});
  return options;
}

TEST(ArgumentsTest, KeepWhatIsNotNamed) {
  EXPECT_EQ(Parse({}).to, "127.0.0.1:25");
  EXPECT_EQ(Parse({"--to", "unix:/x"}).count, 7u);
}

TEST(ArgumentsTest, AreTextsAndNumbersInAnyOrder) {
  const Options options = Parse({"--count", "12", "--to", "unix:/x"});
  EXPECT_EQ(options.to, "unix:/x");
  EXPECT_EQ(options.count, 12u);
}

TEST(ArgumentsTest, EndTheProcessWhenTheyAreWrong) {
  const std::vector<std::vector<const char*>> wrong = {
      {"--what", "1"}, {"--count"}, {"--count", "many"}, {"--count", "-1"}};
  for (const std::vector<const char*>& words : wrong) {
    EXPECT_EXIT(Parse(words), ::testing::ExitedWithCode(64),
                "load: wrong option --");
  }
}

}  // namespace
}  // namespace postern::bench
