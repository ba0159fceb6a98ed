#include "greylistd/text.h"

#include <cstdlib>
#include <ctime>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::greylistd {
namespace {

using ::testing::MatchesRegex;

const TextValues kValues = {.seconds = 299,
                            .recipient_domain = "example.com",
                            .version = "1.0",
                            .hostname = "mx.example.com",
                            .now = absl::FromUnixSeconds(1'700'000'000)};

TEST(TextTest, FillsInEveryPlaceholder) {
  EXPECT_EQ(Text::Parse("%s %t %r %v %h").Expand(kValues),
            "299 299 example.com 1.0 mx.example.com");
}

TEST(TextTest, PostgreysTextsWork) {
  EXPECT_EQ(
      Text::Parse("Greylisted, see http://postgrey.schweikert.ch/help/%r.html")
          .Expand(kValues),
      "Greylisted, see http://postgrey.schweikert.ch/help/example.com.html");
}

TEST(TextTest, TheDateIsOneOfMail) {
  EXPECT_THAT(Text::Parse("%d").Expand(kValues),
              MatchesRegex("(Tue|Wed), 1[45] Nov 2023 "
                           "[0-9]+:[0-9]+:20 [+-][0-9]+"));
}

TEST(TextTest, OtherPercentSignsStandForThemselves) {
  EXPECT_EQ(Text::Parse("100% %x %% %%s %").Expand(kValues), "100% %x % %s %");
}

TEST(TextTest, INJ15AValueIsNotExpandedAgain) {
  TextValues values = kValues;
  values.recipient_domain = "%s%h";
  EXPECT_EQ(Text::Parse("<%r>").Expand(values), "<%s%h>");
}

TEST(TextTest, NothingIsEmpty) {
  EXPECT_TRUE(Text::Parse("").empty());
  EXPECT_FALSE(Text::Parse("%s").empty());
}

}  // namespace
}  // namespace postern::greylistd
