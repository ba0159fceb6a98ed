#include "lib/dkim/body_hashes.h"

#include <string>

#include "gtest/gtest.h"

namespace postern::dkim {
namespace {

constexpr Canonicalization kSimple = Canonicalization::kSimple;
constexpr Canonicalization kRelaxed = Canonicalization::kRelaxed;

TEST(BodyHashesTest, OneHashServesAllWhoWantTheSame) {
  BodyHashes bodies;
  EXPECT_TRUE(bodies.is_empty());
  const size_t simple = bodies.Want(kSimple, std::nullopt);
  const size_t relaxed = bodies.Want(kRelaxed, std::nullopt);
  const size_t short_one = bodies.Want(kSimple, 3);
  EXPECT_FALSE(bodies.is_empty());
  EXPECT_EQ(bodies.Want(kSimple, std::nullopt), simple);
  EXPECT_EQ(bodies.Want(kSimple, 3), short_one);
  EXPECT_NE(bodies.Want(kSimple, 4), short_one);
  bodies.Add("a  ");
  bodies.Add("b\r\n\r\n");
  bodies.Finish();
  bodies.Finish();
  EXPECT_EQ(bodies.digest(simple), Sha256Of("a  b\r\n"));
  EXPECT_EQ(bodies.digest(relaxed), Sha256Of("a b\r\n"));
  EXPECT_EQ(bodies.digest(short_one), Sha256Of("a  "));
  EXPECT_EQ(bodies.form_bytes(short_one), 6u);
  EXPECT_EQ(bodies.form_bytes(relaxed), 5u);
}

TEST(BodyHashesTest, ALimitMayBeNothingOrMoreThanThereIs) {
  BodyHashes bodies;
  const size_t none = bodies.Want(kSimple, 0);
  const size_t more = bodies.Want(kSimple, 1000);
  bodies.Add("a\r\n");
  bodies.Finish();
  EXPECT_EQ(bodies.digest(none), Sha256Of(""));
  EXPECT_EQ(bodies.digest(more), Sha256Of("a\r\n"));
  EXPECT_EQ(bodies.form_bytes(more), 3u);
}

TEST(BodyHashesTest, AnEmptyBodyHasItsHash) {
  BodyHashes bodies;
  const size_t simple = bodies.Want(kSimple, std::nullopt);
  const size_t relaxed = bodies.Want(kRelaxed, std::nullopt);
  bodies.Finish();
  EXPECT_EQ(bodies.digest(simple), Sha256Of("\r\n"));
  EXPECT_EQ(bodies.digest(relaxed), Sha256Of(""));
}

}  // namespace
}  // namespace postern::dkim
