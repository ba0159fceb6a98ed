#include "greylistd/instances.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace postern::greylistd {
namespace {

TEST(InstancesTest, AMessageIsNewOnce) {
  Instances instances;
  EXPECT_TRUE(instances.IsNew("1a.2b.3c.0"));
  EXPECT_FALSE(instances.IsNew("1a.2b.3c.0"));
  EXPECT_TRUE(instances.IsNew("1a.2b.3d.0"));
  EXPECT_FALSE(instances.IsNew("1a.2b.3c.0"));
}

TEST(InstancesTest, WithoutAnInstanceEveryRequestIsNew) {
  Instances instances;
  EXPECT_TRUE(instances.IsNew(""));
  EXPECT_TRUE(instances.IsNew(""));
}

TEST(InstancesTest, TheOldestIsForgottenFirst) {
  Instances instances;
  for (size_t i = 0; i <= Instances::kRemembered; ++i) {
    EXPECT_TRUE(instances.IsNew(absl::StrCat("i", i)));
  }
  EXPECT_FALSE(instances.IsNew("i1"));
  EXPECT_TRUE(instances.IsNew("i0"));
}

}  // namespace
}  // namespace postern::greylistd
