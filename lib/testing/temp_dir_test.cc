#include "lib/testing/temp_dir.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"

namespace postern::testing {
namespace {

TEST(TempDirTest, IsRemovedWithItsContent) {
  std::string path;
  {
    const TempDir dir;
    path = dir.path();
    std::ofstream(path + "/file") << "x";
    ASSERT_TRUE(std::filesystem::exists(path + "/file"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace postern::testing
