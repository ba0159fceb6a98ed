#include "mta/queue/queue_index.h"

#include <optional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::queue {
namespace {

using ::testing::Eq;
using ::testing::IsEmpty;
using ::testing::Optional;

using State = QueueIndex::State;
using Wish = QueueIndex::Wish;

constexpr size_t kNoLimit = 1000;

absl::Time At(int64_t us) { return absl::FromUnixMicros(us); }

// Three messages, due in the reverse order of their age.
QueueIndex Three() {
  QueueIndex index;
  index.Add({1}, {.due_us = 30, .size_bytes = 100});
  index.Add({2}, {.due_us = 20, .size_bytes = 10});
  index.Add({3}, {.due_us = 10, .size_bytes = 1, .state = State::kDeferred});
  return index;
}

TEST(QueueIndexTest, GivesOutWhatIsDueLongestFirst) {
  QueueIndex index = Three();
  EXPECT_THAT(index.NextDue(At(0)), Optional(At(10)));
  EXPECT_THAT(index.ActivateDue(At(9), kNoLimit), Eq(std::nullopt));
  EXPECT_THAT(index.ActivateDue(At(20), kNoLimit), Optional(QueueId{3}));
  EXPECT_THAT(index.ActivateDue(At(20), kNoLimit), Optional(QueueId{2}));
  EXPECT_THAT(index.ActivateDue(At(20), kNoLimit), Eq(std::nullopt));
  EXPECT_THAT(index.NextDue(At(0)), Optional(At(30)));
}

TEST(QueueIndexTest, LeavesRoomForOtherSenders) {
  QueueIndex index;
  for (uint64_t i = 0; i < 10; ++i) {
    index.Add({i}, {.due_us = 1, .flow = {.sender = 1, .destination = 1}});
  }
  index.Add({20}, {.due_us = 5, .flow = {.sender = 2, .destination = 2}});
  EXPECT_THAT(index.ActivateDue(At(9), 4), Optional(QueueId{0}));
  EXPECT_THAT(index.ActivateDue(At(9), 4), Optional(QueueId{1}));
  EXPECT_FALSE(index.has_passed_over());
  EXPECT_THAT(index.ActivateDue(At(9), 4), Optional(QueueId{20}));
  EXPECT_THAT(index.ActivateDue(At(9), 4), Eq(std::nullopt));
  EXPECT_TRUE(index.has_passed_over());
  index.Remove({20});
  index.Defer({0}, At(100));
  EXPECT_THAT(index.ActivateDue(At(9), 4), Optional(QueueId{2}));
  EXPECT_THAT(index.NextDue(At(9)), Eq(std::nullopt));
}

TEST(QueueIndexTest, AnEntryIsWhatTheEnvelopeSays) {
  spool::v1::Envelope envelope;
  envelope.set_sender("ann@example.net");
  envelope.set_next_attempt_us(7);
  envelope.set_size_bytes(5);
  QueueIndex::Entry entry = EntryFor(envelope);
  EXPECT_EQ(entry.due_us, 7);
  EXPECT_EQ(entry.size_bytes, 5);
  EXPECT_EQ(entry.state, State::kWaiting);
  EXPECT_EQ(entry.flow, FlowOf(envelope));
  envelope.set_failures(1);
  EXPECT_EQ(EntryFor(envelope).state, State::kDeferred);
  envelope.set_hold(true);
  EXPECT_EQ(EntryFor(envelope).state, State::kHeld);
}

TEST(QueueIndexTest, CountsStatesAndBytes) {
  QueueIndex index = Three();
  EXPECT_EQ(index.Count(State::kWaiting), 2u);
  EXPECT_EQ(index.Count(State::kDeferred), 1u);
  EXPECT_EQ(index.total_bytes(), 111);
  index.Activate({2});
  EXPECT_EQ(index.Count(State::kWaiting), 1u);
  EXPECT_EQ(index.Count(State::kActive), 1u);
  index.Defer({2}, At(50));
  EXPECT_EQ(index.Count(State::kDeferred), 2u);
  index.Remove({1});
  index.Remove({1});
  EXPECT_EQ(index.Count(State::kWaiting), 0u);
  EXPECT_EQ(index.total_bytes(), 11);
  EXPECT_EQ(index.size(), 2u);
}

TEST(QueueIndexTest, KnowsTheOldest) {
  QueueIndex index = Three();
  EXPECT_THAT(index.Oldest(), Optional(QueueId{1}));
  index.Remove({1});
  EXPECT_THAT(index.Oldest(), Optional(QueueId{2}));
  EXPECT_THAT(QueueIndex().Oldest(), Eq(std::nullopt));
  EXPECT_THAT(QueueIndex().NextDue(At(0)), Eq(std::nullopt));
}

TEST(QueueIndexTest, DefersAMessageUntilItIsDueAgain) {
  QueueIndex index = Three();
  ASSERT_THAT(index.ActivateDue(At(10), kNoLimit), Optional(QueueId{3}));
  index.Defer({3}, At(40));
  EXPECT_EQ(index.Find({3})->state, State::kDeferred);
  EXPECT_THAT(index.ActivateDue(At(20), kNoLimit), Optional(QueueId{2}));
  EXPECT_THAT(index.ActivateDue(At(40), kNoLimit), Optional(QueueId{1}));
  EXPECT_THAT(index.ActivateDue(At(40), kNoLimit), Optional(QueueId{3}));
}

TEST(QueueIndexTest, AdvancesWhatIsNotActive) {
  QueueIndex index = Three();
  index.Activate({2});
  EXPECT_FALSE(index.Advance({2}, At(1)));
  EXPECT_FALSE(index.Advance({9}, At(1)));
  EXPECT_TRUE(index.Advance({1}, At(1)));
  EXPECT_EQ(index.Find({1})->state, State::kWaiting);
  EXPECT_THAT(index.ActivateDue(At(1), kNoLimit), Optional(QueueId{1}));
}

TEST(QueueIndexTest, MakesAllThatWaitDueEarlier) {
  QueueIndex index = Three();
  index.Activate({1});
  index.BringForward(absl::Microseconds(4));
  EXPECT_EQ(index.Find({1})->state, State::kActive);
  EXPECT_THAT(index.NextDue(At(0)), Optional(At(6)));
  EXPECT_THAT(index.ActivateDue(At(6), kNoLimit), Optional(QueueId{3}));
  EXPECT_THAT(index.ActivateDue(At(16), kNoLimit), Optional(QueueId{2}));
}

TEST(QueueIndexTest, RemembersAWishForActiveMessagesOnly) {
  QueueIndex index = Three();
  EXPECT_FALSE(index.Mark({1}, Wish::kDelete));
  EXPECT_FALSE(index.Mark({9}, Wish::kDelete));
  index.Activate({1});
  EXPECT_TRUE(index.Mark({1}, Wish::kHold));
  EXPECT_EQ(index.Find({1})->wish, Wish::kHold);
  EXPECT_TRUE(index.Mark({1}, Wish::kDelete));
  EXPECT_TRUE(index.Mark({1}, Wish::kNone));
  EXPECT_EQ(index.Find({1})->wish, Wish::kDelete);
  index.Defer({1}, At(40));
  EXPECT_EQ(index.Find({1})->wish, Wish::kNone);
}

TEST(QueueIndexTest, NeverGivesOutWhatIsHeld) {
  QueueIndex index = Three();
  index.Activate({2});
  index.Hold({2});
  index.Add({4}, {.due_us = 1, .size_bytes = 1, .state = State::kHeld});
  EXPECT_EQ(index.Count(State::kHeld), 2u);
  EXPECT_THAT(index.NextDue(At(0)), Optional(At(10)));
  EXPECT_FALSE(index.Advance({4}, At(0)));
  EXPECT_THAT(index.ActivateDue(At(100), kNoLimit), Optional(QueueId{3}));
  EXPECT_THAT(index.ActivateDue(At(100), kNoLimit), Optional(QueueId{1}));
  EXPECT_THAT(index.ActivateDue(At(100), kNoLimit), Eq(std::nullopt));
  index.Activate({4});
  index.Defer({4}, At(7));
  EXPECT_THAT(index.ActivateDue(At(7), kNoLimit), Optional(QueueId{4}));
  index.Remove({2});
  EXPECT_EQ(index.Count(State::kHeld), 0u);
}

TEST(QueueIndexTest, ListsInPages) {
  const QueueIndex index = Three();
  const auto first = index.After({}, 2);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].first, QueueId{1});
  const auto rest = index.After(first[1].first, 2);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].first, QueueId{3});
  EXPECT_THAT(index.After(QueueId{3}, 2), IsEmpty());
}

TEST(QueueIndexTest, KnowsTheOldestOfEachState) {
  QueueIndex index = Three();
  EXPECT_THAT(index.OldestIn(State::kWaiting), Optional(QueueId{1}));
  EXPECT_THAT(index.OldestIn(State::kDeferred), Optional(QueueId{3}));
  EXPECT_THAT(index.OldestIn(State::kActive), Eq(std::nullopt));
  index.Activate({1});
  EXPECT_THAT(index.OldestIn(State::kWaiting), Optional(QueueId{2}));
  EXPECT_THAT(index.OldestIn(State::kActive), Optional(QueueId{1}));
  index.Defer({1}, At(50));
  EXPECT_THAT(index.OldestIn(State::kDeferred), Optional(QueueId{1}));
  index.Remove({1});
  EXPECT_THAT(index.OldestIn(State::kDeferred), Optional(QueueId{3}));
  index.Remove({3});
  EXPECT_THAT(index.OldestIn(State::kDeferred), Eq(std::nullopt));
}

TEST(QueueIndexTest, FindsWhatIsAtRest) {
  QueueIndex index = Three();
  index.Add({4}, {.due_us = 5, .state = State::kHeld});
  EXPECT_THAT(index.NextAtRest({}, absl::InfinitePast()), Optional(QueueId{1}));
  EXPECT_THAT(index.NextAtRest(QueueId{1}, absl::InfinitePast()),
              Optional(QueueId{2}));
  index.Activate({2});
  EXPECT_THAT(index.NextAtRest(QueueId{1}, absl::InfinitePast()),
              Optional(QueueId{3}));
  // What is due before is spared, but not what is held.
  EXPECT_THAT(index.NextAtRest({}, At(30)), Optional(QueueId{1}));
  EXPECT_THAT(index.NextAtRest({}, At(31)), Optional(QueueId{4}));
  EXPECT_THAT(index.NextAtRest(QueueId{4}, At(31)), Eq(std::nullopt));
}

}  // namespace
}  // namespace postern::mta::queue
