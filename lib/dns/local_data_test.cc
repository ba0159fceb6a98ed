#include "lib/dns/local_data.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::dns {
namespace {

using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(LocalDataTest, AnSoaMakesAZoneOfAllBelowIt) {
  const LocalData data = ParseLocalData(
                             "# ours\n"
                             "example.org. 60 IN SOA ns. root. 1 2 3 4 5\n"
                             "\n"
                             "example.org. MX 10 mx.example.org.\n"
                             "  MX.example.org. A 192.0.2.1\n"
                             "notexample.org. A 192.0.2.2\n")
                             .value();
  EXPECT_THAT(data.zones, UnorderedElementsAre("example.org", "notexample.org"));
  EXPECT_EQ(data.records.size(), 4u);
  EXPECT_THAT(data.records[2], "MX.example.org. A 192.0.2.1");
}

TEST(LocalDataTest, ANameWithoutAZoneIsOneByItself) {
  EXPECT_THAT(ParseLocalData("a.example A 192.0.2.1")->zones,
              ElementsAre("a.example"));
  EXPECT_THAT(ParseLocalData("; nothing")->zones, IsEmpty());
}

TEST(LocalDataTest, SaysWhichLineIsNoRecord) {
  EXPECT_THAT(ParseLocalData("a.example A 192.0.2.1\nnonsense\n"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("line 2: \"nonsense\"")));
}

}  // namespace
}  // namespace postern::dns
