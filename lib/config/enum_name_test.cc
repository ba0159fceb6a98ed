#include "lib/config/enum_name.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/config/example.pb.h"
#include "lib/testing/status_matchers.h"
#include "proto/config/v1/options.pb.h"

namespace postern::config {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

const auto& ModeType() { return *testing::Example_Mode_descriptor(); }

TEST(EnumNameTest, DropsTheNameOfTheEnum) {
  EXPECT_EQ(EnumName(*ModeType().FindValueByName("MODE_MONITOR")), "monitor");
  EXPECT_EQ(EnumName(*v1::Kind_descriptor()->FindValueByName("KIND_FILE_MODE")),
            "file_mode");
}

TEST(EnumNameTest, ListsAllNames) {
  EXPECT_EQ(EnumNames(ModeType()), "enforce, monitor");
}

TEST(EnumNameTest, FindsTheValue) {
  EXPECT_THAT(EnumValue(ModeType(), "enforce"), IsOkAndHolds(0));
  EXPECT_THAT(EnumValue(ModeType(), "monitor"), IsOkAndHolds(1));
  EXPECT_THAT(EnumValue(*v1::Kind_descriptor(), "file_mode"), IsOkAndHolds(5));
}

TEST(EnumNameTest, TakesNoOtherSpelling) {
  for (const char* name :
       {"", "Monitor", "MODE_MONITOR", "mode_monitor", "1"}) {
    EXPECT_THAT(EnumValue(ModeType(), name),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("is not one of enforce, monitor")))
        << name;
  }
}

}  // namespace
}  // namespace postern::config
