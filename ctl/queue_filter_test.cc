#include "ctl/queue_filter.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::ctl {
namespace {

using ::postern::admin::v1::QueuedMessage;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

absl::StatusOr<admin::v1::QueueFilter> Filter(
    const std::vector<std::string>& words) {
  const auto arguments =
      Arguments::Parse(words, {.options = FilterOptions(), .switches = {}});
  return FilterFrom(arguments.value(), kNow);
}

TEST(QueueFilterTest, TakesWhatTheOptionsSay) {
  const auto filter =
      Filter({"--sender", "ann", "--recipient=bob", "--domain", "example.com",
              "--reason", "refused", "--older-than", "2h", "--newer-than=1d",
              "--state", "held,deferred"})
          .value();
  EXPECT_EQ(filter.sender(), "ann");
  EXPECT_EQ(filter.recipient(), "bob");
  EXPECT_EQ(filter.domain(), "example.com");
  EXPECT_EQ(filter.reason(), "refused");
  EXPECT_EQ(filter.queued_before().seconds(), 1'700'000'000 - 7200);
  EXPECT_EQ(filter.queued_after().seconds(), 1'700'000'000 - 86400);
  EXPECT_THAT(filter.states(), ElementsAre(QueuedMessage::STATE_HELD,
                                           QueuedMessage::STATE_DEFERRED));
  EXPECT_TRUE(IsFilter(filter));
}

TEST(QueueFilterTest, NoOptionsLeaveNothingOut) {
  EXPECT_FALSE(IsFilter(Filter({}).value()));
}

TEST(QueueFilterTest, RefusesWhatItDoesNotUnderstand) {
  struct Case {
    const char* why;
    std::vector<std::string> words;
    const char* option;
  };
  const Case cases[] = {
      {"an empty text would mean everything", {"--sender="}, "--sender"},
      {"no state", {"--state", "lost"}, "--state"},
      {"no age", {"--older-than", "old"}, "--older-than"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(
        Filter(c.words).status(),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.option)))
        << c.why;
  }
}

TEST(QueueFilterTest, NamesStates) {
  EXPECT_EQ(ShownState(QueuedMessage::STATE_HELD), "held");
  EXPECT_EQ(ShownState(QueuedMessage::STATE_UNSPECIFIED), "unknown");
}

}  // namespace
}  // namespace postern::ctl
