#include "lib/dns/resolver.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dns {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ResolverTest, RecordsOfPicksOneKind) {
  Answer answer;
  answer.records = {Mx{10, "b"}, Ptr{"name"}, Mx{5, "a"}};
  EXPECT_THAT(RecordsOf<Mx>(answer), ElementsAre(Mx{10, "b"}, Mx{5, "a"}));
  EXPECT_THAT(RecordsOf<Txt>(answer), IsEmpty());
}

}  // namespace
}  // namespace postern::dns
