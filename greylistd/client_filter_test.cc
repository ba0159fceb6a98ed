#include "greylistd/client_filter.h"

#include <string>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace postern::greylistd {
namespace {

uint64_t HashOf(const char* kind, int i) {
  return absl::Hash<std::string>()(absl::StrCat(kind, i));
}

TEST(ClientFilterTest, AClientThatWasAddedIsNeverDenied) {
  ClientFilter filter;
  for (int i = 0; i < 100'000; ++i) filter.Add(HashOf("c", i));
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(filter.MayHave(HashOf("c", i)));
  }
}

TEST(ClientFilterTest, FewOthersAreTakenForOneWithARecord) {
  ClientFilter filter;
  for (int i = 0; i < 500'000; ++i) filter.Add(HashOf("c", i));
  int wrong = 0;
  for (int i = 0; i < 100'000; ++i) wrong += filter.MayHave(HashOf("x", i));
  EXPECT_LT(wrong, 3000);
}

TEST(ClientFilterTest, AtTheStartNobodyHasARecord) {
  const ClientFilter filter;
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(filter.MayHave(HashOf("x", i)));
}

}  // namespace
}  // namespace postern::greylistd
