#include "mta/restrictions/restriction_words.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::restrictions {
namespace {

using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(RestrictionWordsTest, CommasAndBlanksAreTheSame) {
  EXPECT_THAT(RestrictionWords("a, b c,d\n  e,").value(),
              ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_THAT(RestrictionWords(" ,, ").value(), IsEmpty());
  EXPECT_THAT(RestrictionWords("").value(), IsEmpty());
}

TEST(RestrictionWordsTest, BracesKeepWordsTogether) {
  EXPECT_THAT(
      RestrictionWords("check_policy_service { unix:/p, timeout=5s } reject")
          .value(),
      ElementsAre("check_policy_service", "{ unix:/p, timeout=5s }", "reject"));
  EXPECT_THAT(RestrictionWords("{a {b} c}d").value(),
              ElementsAre("{a {b} c}", "d"));
  EXPECT_THAT(RestrictionWords("inline:{a=b, {c = d}} e").value(),
              ElementsAre("inline:{a=b, {c = d}}", "e"));
  EXPECT_THAT(RestrictionWords("a} b").value(), ElementsAre("a}", "b"));
}

TEST(RestrictionWordsTest, SaysWhatIsWrong) {
  EXPECT_THAT(
      RestrictionWords("a { b"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not closed")));
  EXPECT_FALSE(RestrictionWords(std::string(100, '{')).ok());
  std::string many;
  for (size_t i = 0; i <= kMaxWords; ++i) many += "a ";
  EXPECT_FALSE(RestrictionWords(many).ok());
}

TEST(RestrictionWordsTest, GuessesWhatWasMeant) {
  const std::vector<absl::string_view> names = {"permit", "permit_mynetworks"};
  EXPECT_EQ(MostLike("permit_mynetwork", names), "permit_mynetworks");
  EXPECT_EQ(MostLike("permt", names), "permit");
  EXPECT_EQ(MostLike("xyzzy", names), "");
  EXPECT_EQ(MostLike("x", {}), "");
}

}  // namespace
}  // namespace postern::mta::restrictions
