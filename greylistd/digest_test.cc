#include "greylistd/digest.h"

#include "gtest/gtest.h"

namespace postern::greylistd {
namespace {

TEST(DigestTest, IsTheFirstHalfOfSha256) {
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(ShortDigest("abc"), "ba7816bf8f01cfea414140de5dae2223");
  EXPECT_EQ(ShortDigest(""), "e3b0c44298fc1c149afbf4c8996fb924");
}

}  // namespace
}  // namespace postern::greylistd
