#include "ctl/queue_selection.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::ctl {
namespace {

using ::postern::testing::StatusIs;
using ::testing::ElementsAre;

absl::StatusOr<admin::v1::ChangeRequest> Select(
    const std::vector<std::string>& words) {
  const auto arguments = Arguments::Parse(words, SelectionSyntax());
  if (!arguments.ok()) return arguments.status();
  return SelectionFrom(*arguments, arguments->rest());
}

TEST(QueueSelectionTest, IsIdsOrAFilterOrAll) {
  EXPECT_THAT(Select({"a", "b"})->selection().queue_ids(),
              ElementsAre("a", "b"));
  EXPECT_EQ(Select({"--sender", "x"})->selection().filter().sender(), "x");
  EXPECT_TRUE(Select({"--all"})->selection().all());
  EXPECT_TRUE(Select({"ALL"})->selection().all());
  EXPECT_TRUE(Select({"--all", "--dry-run"})->dry_run());
}

TEST(QueueSelectionTest, IsNotNothingNorTwoOfThem) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                {"--all", "a"},
                                                {"--all", "--sender", "x"},
                                                {"--sender", "x", "a"}}) {
    EXPECT_THAT(Select(words), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace postern::ctl
