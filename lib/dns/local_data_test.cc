#include "lib/dns/local_data.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::dns {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(LocalDataTest, TopmostNamesAreTheZones) {
  LocalData data;
  ASSERT_THAT(data.Add("mx.Example.org. A 192.0.2.1\n"
                       "example.org MX 10 mx.example.org\n"
                       "example.org TXT \"v=spf1 mx -all\"\n"
                       "a.b.example.net A 192.0.2.2\n",
                       "f"),
              IsOk());
  EXPECT_THAT(data.Zones(), ElementsAre("a.b.example.net", "example.org"));
}

TEST(LocalDataTest, LinesKeepTheirPlaceAndLoseTheirComments) {
  LocalData data;
  ASSERT_THAT(data.Add("# first\n\n a TXT \"x;y\\\";z\" ; note\n; all", "f"),
              IsOk());
  ASSERT_EQ(data.lines().size(), 1u);
  EXPECT_EQ(data.lines()[0].place, "f:3");
  EXPECT_EQ(data.lines()[0].text, "a TXT \"x;y\\\";z\"");
}

TEST(LocalDataTest, WhatIsNoRecordIsRefusedByItsPlace) {
  for (const char* line :
       {"example.org", "a..b A 192.0.2.1", "*.example.org A 192.0.2.1",
        "$ORIGIN example.org", ". NS a.example"}) {
    LocalData data;
    EXPECT_THAT(data.Add(std::string("\n") + line, "zone.txt"),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         StartsWith("zone.txt:2: ")));
  }
}

TEST(LocalDataTest, AnEmptyTextIsNoData) {
  LocalData data;
  EXPECT_THAT(data.Add("", "f"), IsOk());
  EXPECT_THAT(data.Zones(), IsEmpty());
}

}  // namespace
}  // namespace postern::dns
