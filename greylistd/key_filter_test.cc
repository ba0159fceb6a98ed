#include "greylistd/key_filter.h"

#include <string>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace postern::greylistd {
namespace {

constexpr int kKeys = 100'000;

uint64_t HashOf(const char* kind, int i) {
  return absl::Hash<std::string>()(absl::StrCat(kind, i));
}

// How many of kKeys other keys a filter of so many bytes a key takes for its
// own.
int WrongAnswers(double bytes_a_key) {
  KeyFilter filter(static_cast<size_t>(kKeys * bytes_a_key));
  for (int i = 0; i < kKeys; ++i) filter.Add(HashOf("k", i));
  int wrong = 0;
  for (int i = 0; i < kKeys; ++i) wrong += filter.MayHave(HashOf("x", i));
  return wrong;
}

TEST(KeyFilterTest, AKeyThatWasAddedIsNeverDenied) {
  KeyFilter filter(1000);
  for (int i = 0; i < kKeys; ++i) {
    filter.Add(HashOf("k", i));
    ASSERT_TRUE(filter.MayHave(HashOf("k", i)));
  }
}

TEST(KeyFilterTest, FewOtherKeysAreTakenForOne) {
  EXPECT_LT(WrongAnswers(2), kKeys * 2 / 100);
  EXPECT_LT(WrongAnswers(1), kKeys * 15 / 100);
}

TEST(KeyFilterTest, AnEmptyFilterHasNothing) {
  const KeyFilter filter(0);
  EXPECT_FALSE(filter.MayHave(HashOf("x", 1)));
  EXPECT_EQ(filter.bytes(), 8u);
}

}  // namespace
}  // namespace postern::greylistd
