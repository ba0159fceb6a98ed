#include "lib/config/nearest_name.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace postern::config {
namespace {

const std::vector<std::string> kNames = {"delay", "max_age", "retry_window",
                                         "mode", "x"};

TEST(NearestNameTest, ForgivesATypingError) {
  EXPECT_EQ(NearestName("delya", kNames), "delay");
  EXPECT_EQ(NearestName("dealy", kNames), "delay");
  EXPECT_EQ(NearestName("dela", kNames), "delay");
  EXPECT_EQ(NearestName("delayy", kNames), "delay");
  EXPECT_EQ(NearestName("max-age", kNames), "max_age");
  EXPECT_EQ(NearestName("retrywindo", kNames), "retry_window");
  EXPECT_EQ(NearestName("mdoe", kNames), "mode");
}

TEST(NearestNameTest, TakesTheNearest) {
  EXPECT_EQ(NearestName("moder", {"model", "mode"}), "model");
  EXPECT_EQ(NearestName("modes", {"commodes", "mode"}), "mode");
}

TEST(NearestNameTest, GuessesNothingFromFarAway) {
  EXPECT_EQ(NearestName("address", kNames), "");
  EXPECT_EQ(NearestName("y", kNames), "");
  EXPECT_EQ(NearestName("", kNames), "");
  EXPECT_EQ(NearestName("delay", {}), "");
  EXPECT_EQ(NearestName(std::string(1000, 'a'), {std::string(1000, 'a')}), "");
}

}  // namespace
}  // namespace postern::config
