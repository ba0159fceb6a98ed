#include "lib/dns/resolver.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dns {
namespace {

using ::testing::ElementsAre;

TEST(ResolverTest, PartsOfATextAreJoinedWithNothingBetween) {
  EXPECT_EQ((Txt{{"v=spf1 ", "mx", " -all"}}).Joined(), "v=spf1 mx -all");
}

TEST(ResolverTest, RecordsOfPicksOneKind) {
  Answer answer;
  answer.records = {Mx{10, "a.example"}, Ptr{"p.example"}, Mx{5, "b.example"}};
  EXPECT_THAT(RecordsOf<Mx>(answer),
              ElementsAre(Mx{10, "a.example"}, Mx{5, "b.example"}));
}

TEST(ResolverTest, TypesHaveTheirNames) {
  EXPECT_EQ(TypeName(Type::kAaaa), "AAAA");
  EXPECT_EQ(TypeName(Type::kTlsa), "TLSA");
}

}  // namespace
}  // namespace postern::dns
