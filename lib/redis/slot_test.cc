#include "lib/redis/slot.h"

#include "gtest/gtest.h"

namespace postern::redis {
namespace {

// As CLUSTER KEYSLOT answers.
TEST(SlotTest, IsThatOfRedisItself) {
  EXPECT_EQ(SlotOf("123456789"), 12739);
  EXPECT_EQ(SlotOf("foo"), 12182);
  EXPECT_EQ(SlotOf("bar"), 5061);
  EXPECT_EQ(SlotOf(""), 0);
}

TEST(SlotTest, TheTagAloneDecides) {
  EXPECT_EQ(SlotOf("{user1000}.following"), SlotOf("{user1000}.followers"));
  EXPECT_EQ(SlotOf("a{foo}b"), SlotOf("foo"));
}

TEST(SlotTest, ATagIsBetweenTheFirstBraceAndTheNextClosingOne) {
  struct Case {
    const char* why;
    const char* key;
    const char* tag;
  };
  const Case cases[] = {
      {"none", "foo", "foo"},
      {"usual", "p{tag}rest", "tag"},
      {"empty: all counts", "foo{}{bar}", "foo{}{bar}"},
      {"a second opening one belongs to it", "foo{{bar}}zap", "{bar"},
      {"only the first", "foo{bar}{zap}", "bar"},
      {"not closed: all counts", "foo{bar", "foo{bar"},
      {"closed before it was opened", "}{bar}", "bar"},
      {"only closed", "a}b", "a}b"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(HashTag(c.key), c.tag);
  }
}

}  // namespace
}  // namespace postern::redis
