#include "lib/base/crc32c.h"

#include <cstddef>
#include <string>

#include "gtest/gtest.h"

namespace postern {
namespace {

TEST(Crc32cTest, GivesTheValuesOfRfc3720) {
  std::string ascending;
  std::string descending;
  for (int i = 0; i < 32; ++i) {
    ascending.push_back(static_cast<char>(i));
    descending.push_back(static_cast<char>(31 - i));
  }
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(Crc32c(ascending), 0x46dd794eu);
  EXPECT_EQ(Crc32c(descending), 0x113fdb5cu);
  EXPECT_EQ(Crc32c(""), 0u);
}

TEST(Crc32cTest, IsTheSameWithAndWithoutTheInstruction) {
  std::string data;
  for (size_t size = 0; size < 100; ++size) {
    EXPECT_EQ(Crc32c(data), PortableCrc32c(data)) << size;
    data.push_back(static_cast<char>(size * 37 + 11));
  }
  for (size_t size = 3000; size < 10'000; size += 7) {
    data.resize(size, static_cast<char>(size));
    EXPECT_EQ(Crc32c(data, 5), PortableCrc32c(data, 5)) << size;
  }
}

TEST(Crc32cTest, GoesOnWhereItStopped) {
  const std::string text = "one part and then another";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(Crc32c(text.substr(cut), Crc32c(text.substr(0, cut))),
              Crc32c(text));
  }
}

}  // namespace
}  // namespace postern
