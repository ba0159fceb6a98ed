#include "lib/testing/zone.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ZoneTest, ReadsRecords) {
  const absl::StatusOr<std::vector<ZoneRecord>> zone = ParseZone(R"(
    # a comment
    Example.ORG.   mx   10 mx.example.org   ; any remark
    signed.example  A   192.0.2.1 ; secure
    slow.example    TIMEOUT
  )");
  ASSERT_THAT(zone, IsOk());
  ASSERT_EQ(zone->size(), 3u);
  EXPECT_EQ((*zone)[0].name, "example.org");
  EXPECT_EQ((*zone)[0].type, "MX");
  EXPECT_THAT((*zone)[0].data, ElementsAre("10", "mx.example.org"));
  EXPECT_FALSE((*zone)[0].secure);
  EXPECT_TRUE((*zone)[1].secure);
  EXPECT_EQ((*zone)[2].type, "TIMEOUT");
  EXPECT_THAT((*zone)[2].data, IsEmpty());
}

TEST(ZoneTest, QuotedStringsMayHoldAnything) {
  const absl::StatusOr<std::vector<ZoneRecord>> zone =
      ParseZone(R"(a TXT "v=DKIM1; p=x" "" "\"\\\000\255" bare)");
  ASSERT_THAT(zone, IsOk());
  EXPECT_THAT(
      (*zone)[0].data,
      ElementsAre("v=DKIM1; p=x", "", std::string("\"\\\0\xff", 4), "bare"));
}

TEST(ZoneTest, AnErrorNamesItsLine) {
  for (const char* line :
       {"example.org", "a TXT \"open", "a TXT \"\\25\"", "a TXT \"\\256\""}) {
    EXPECT_THAT(
        ParseZone(std::string("\n") + line),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("line 2")));
  }
}

TEST(ZoneTest, AnEmptyTextIsAnEmptyZone) {
  EXPECT_THAT(ParseZone(""), IsOkAndHolds(IsEmpty()));
}

}  // namespace
}  // namespace postern::testing
