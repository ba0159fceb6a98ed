#include "lib/base/big_endian.h"

#include <string>

#include "gtest/gtest.h"

namespace postern {
namespace {

TEST(BigEndianTest, HasTheHighestByteFirst) {
  std::string bytes = "x";
  AppendBigEndian<uint32_t>(0x01020380, &bytes);
  EXPECT_EQ(bytes, "x\x01\x02\x03\x80");
}

TEST(BigEndianTest, ReadsWhatWasWritten) {
  for (const uint64_t number : {uint64_t{0}, uint64_t{255}, ~uint64_t{0},
                                uint64_t{0x8000000000000001}}) {
    std::string bytes;
    AppendBigEndian(number, &bytes);
    EXPECT_EQ(bytes.size(), 8u);
    EXPECT_EQ(ReadBigEndian<uint64_t>(bytes + "more"), number);
  }
}

}  // namespace
}  // namespace postern
