#include "lib/dns/resolver.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dns {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ResolverTest, PartsOfATxtAreJoinedWithoutSpaces) {
  EXPECT_EQ((Txt{{"v=spf1 a", " -all"}}).Joined(), "v=spf1 a -all");
  EXPECT_EQ(Txt{}.Joined(), "");
}

TEST(ResolverTest, RecordsOfPicksOneKind) {
  Answer answer;
  answer.records = {Mx{10, "b"}, Ptr{"name"}, Mx{5, "a"}};
  EXPECT_THAT(RecordsOf<Mx>(answer), ElementsAre(Mx{10, "b"}, Mx{5, "a"}));
  EXPECT_THAT(RecordsOf<Txt>(answer), IsEmpty());
}

TEST(ResolverTest, TypesHaveTheirNames) {
  EXPECT_EQ(TypeName(Type::kA), "A");
  EXPECT_EQ(TypeName(Type::kTlsa), "TLSA");
}

}  // namespace
}  // namespace postern::dns
