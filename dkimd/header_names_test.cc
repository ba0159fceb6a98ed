#include "dkimd/header_names.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::dkimd {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using Names = std::vector<std::string>;

const Names kUsual = {"From", "To", "Subject"};

TEST(HeaderNamesTest, AListTakesThePlaceOfTheUsualNames) {
  EXPECT_THAT(ChangedNames(kUsual, {}), IsOkAndHolds(kUsual));
  EXPECT_THAT(ChangedNames(kUsual, {"Date", "to"}),
              IsOkAndHolds(Names{"Date", "to"}));
  EXPECT_THAT(ChangedNames(kUsual, {"Date, To,,"}),
              IsOkAndHolds(Names{"Date", "To"}));
}

TEST(HeaderNamesTest, AStarChangesThem) {
  EXPECT_THAT(ChangedNames(kUsual, {"*,+X-Test,-subject,+to"}),
              IsOkAndHolds(Names{"From", "To", "X-Test"}));
  EXPECT_THAT(ChangedNames(kUsual, {"*", "-From", "X-Test"}),
              IsOkAndHolds(Names{"To", "Subject", "X-Test"}));
}

TEST(HeaderNamesTest, NothingElseIsAName) {
  for (const char* item : {"a b", "a:b", "+", "-", "a;b", "\x01"}) {
    EXPECT_THAT(ChangedNames(kUsual, {item}),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << item;
  }
}

TEST(HeaderNamesTest, OmittedNamesAreLeftOut) {
  EXPECT_THAT(NamesWithout(kUsual, {"TO"}), ElementsAre("From", "Subject"));
}

}  // namespace
}  // namespace postern::dkimd
