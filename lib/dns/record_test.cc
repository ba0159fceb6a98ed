#include "lib/dns/record.h"

#include "gtest/gtest.h"

namespace postern::dns {
namespace {

TEST(RecordTest, PartsOfATxtAreJoinedWithoutSpaces) {
  EXPECT_EQ((Txt{{"v=spf1 a", " -all"}}).Joined(), "v=spf1 a -all");
  EXPECT_EQ(Txt{}.Joined(), "");
}

TEST(RecordTest, TypesHaveTheirNames) {
  EXPECT_EQ(TypeName(Type::kA), "A");
  EXPECT_EQ(TypeName(Type::kTlsa), "TLSA");
  EXPECT_EQ(TypeName(Type::kCname), "CNAME");
}

}  // namespace
}  // namespace postern::dns
