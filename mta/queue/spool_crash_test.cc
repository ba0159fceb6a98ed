// Durability without a real power cut: a spool under load on a disk that
// forgets everything unsynced, at many random moments, one after the other on
// the same directory. What Commit() answered OK for must be there, whole; what
// Remove was answered OK for must be gone.
//
// POSTERN_CRASHES sets the number of power cuts.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/status_macros.h"
#include "lib/net/drain.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/spool.h"
#include "mta/queue/spool_format.h"
#include "mta/queue/test_spool.h"
#include "mta/queue/unsynced_file_system.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOk;

constexpr int kUsualCrashes = 20;
constexpr int kSessions = 12;
constexpr int64_t kLongestLife = 1500;  // Disk operations between power cuts.

// The content is told by the id, so nothing else need be remembered.
std::string ContentFor(QueueId id) {
  std::mt19937_64 random(id.number);
  const size_t size =
      random() % 4 == 0 ? random() % (4 * kChunkBytes) : random() % 8000;
  std::string content = id.ToString();
  for (int i = 0; i < 100; ++i) content += std::to_string(random());
  // Doubled with a mark between, so that no two pieces are alike.
  while (content.size() < size) {
    content += std::to_string(content.size()) + content;
  }
  content.resize(std::max<size_t>(size, 13));
  return content;
}

// What we know of the messages that were ever taken in.
class Ledger {
 public:
  enum class Fate {
    kPromised,  // Commit() said OK.
    kRemoving,  // A removal was asked for and not answered: either is right.
    kGone,      // A removal said OK.
  };

  void Set(QueueId id, Fate fate) {
    absl::MutexLock lock(&mutex_);
    fates_[id] = fate;
    commits_ += fate == Fate::kPromised;
    removals_ += fate == Fate::kGone;
  }
  std::map<QueueId, Fate> fates() const {
    absl::MutexLock lock(&mutex_);
    return fates_;
  }
  // Forgets what a check has settled.
  void Keep(const std::vector<QueueId>& ids) {
    absl::MutexLock lock(&mutex_);
    fates_.clear();
    for (const QueueId id : ids) fates_[id] = Fate::kPromised;
  }
  int64_t commits() const { return commits_; }
  int64_t removals() const { return removals_; }

 private:
  mutable absl::Mutex mutex_;
  std::map<QueueId, Fate> fates_ ABSL_GUARDED_BY(mutex_);
  std::atomic<int64_t> commits_ = 0;
  std::atomic<int64_t> removals_ = 0;
};

net::Task<absl::Status> TakeIn(Spool& spool, Ledger& ledger, QueueId& id) {
  const std::unique_ptr<Incoming> incoming = spool.Begin();
  id = incoming->id();
  const std::string content = ContentFor(id);
  CO_RETURN_IF_ERROR(co_await incoming->Append(content));
  spool::v1::Envelope envelope = TestSpool::UsualEnvelope();
  CO_RETURN_IF_ERROR(co_await incoming->Commit(std::move(envelope)));
  ledger.Set(id, Ledger::Fate::kPromised);
  co_return absl::OkStatus();
}

net::Task<absl::Status> LetGo(Spool& spool, Ledger& ledger, QueueId id) {
  CO_ASSIGN_OR_RETURN(const spool::v1::Envelope envelope,
                      spool.ReadEnvelope(id));
  Edit edit;
  edit.Remove(id, envelope);
  ledger.Set(id, Ledger::Fate::kRemoving);
  CO_RETURN_IF_ERROR(co_await spool.Apply(std::move(edit)));
  ledger.Set(id, Ledger::Fate::kGone);
  co_return absl::OkStatus();
}

// Takes mail in, removes most of it and gives some up half-way, until the power
// goes.
net::Task<> Session(Spool& spool, Ledger& ledger, uint64_t seed) {
  std::mt19937_64 random(seed);
  while (true) {
    if (random() % 8 == 0) {
      const std::unique_ptr<Incoming> given_up = spool.Begin();
      const std::string content(3 * kChunkBytes, 'g');
      const absl::Status status = co_await given_up->Append(content);
      if (!status.ok()) co_return;
    }
    QueueId id;
    absl::Status status = co_await TakeIn(spool, ledger, id);
    if (status.ok() && random() % 4 != 0) {
      status = co_await LetGo(spool, ledger, id);
    }
    if (!status.ok()) co_return;
  }
}

void RunUntilPowerIsGone(TestSpool& spool, Ledger& ledger, uint64_t seed) {
  net::Drain drain;
  for (int i = 0; i < kSessions; ++i) {
    net::Spawn(drain, spool.runtime->NextReactor(),
               Session(*spool, ledger, seed * kSessions + i));
  }
  ASSERT_TRUE(drain.AwaitIdle(absl::Minutes(2)));
}

void CheckAgainst(Ledger& ledger, TestSpool& spool) {
  const std::vector<QueueId> found = spool.Ids();
  std::map<QueueId, Ledger::Fate> fates = ledger.fates();
  for (const QueueId id : found) {
    const auto content = spool.ContentOf(id);
    ASSERT_THAT(content, IsOk());
    EXPECT_EQ(*content, ContentFor(id)) << "not what was taken in";
    const auto fate = fates.find(id);
    // Without a fate: durable, but the power went before the answer.
    if (fate == fates.end()) continue;
    EXPECT_NE(fate->second, Ledger::Fate::kGone) << "delivered, yet here again";
    fates.erase(fate);
  }
  for (const auto& [id, fate] : fates) {
    EXPECT_NE(fate, Ledger::Fate::kPromised) << id.ToString() << " is lost";
  }
  EXPECT_THAT(spool->Damaged(), ::testing::IsEmpty());
  ledger.Keep(found);
}

// Removes most of what is there, so that the spool does not only grow.
void Thin(TestSpool& spool, Ledger& ledger) {
  std::vector<QueueId> left;
  Edit edit;
  for (const QueueId id : spool.Ids()) {
    if (id.number % 4 == 0) {
      left.push_back(id);
    } else {
      edit.Remove(id, *spool->ReadEnvelope(id));
    }
  }
  ASSERT_THAT(spool.Apply(std::move(edit)), IsOk());
  ledger.Keep(left);
}

int Crashes() {
  const char* text = std::getenv("POSTERN_CRASHES");
  return text == nullptr ? kUsualCrashes : std::atoi(text);
}

TEST(SpoolCrashTest, LosesNoPromisedMessageWhenThePowerGoes) {
  UnsyncedFileSystem disk;
  TestSpool spool(disk.env());
  Ledger ledger;
  std::mt19937_64 random(20261124);
  const int crashes = Crashes();
  for (int crash = 0; crash < crashes && !HasFatalFailure(); ++crash) {
    SCOPED_TRACE(crash);
    disk.LosePowerAfter(1 + static_cast<int64_t>(random() % kLongestLife));
    RunUntilPowerIsGone(spool, ledger, random());
    ASSERT_TRUE(disk.has_lost_power());
    spool.Close();
    disk.Recover(random());
    ASSERT_THAT(spool.Open(), IsOk());
    CheckAgainst(ledger, spool);
    Thin(spool, ledger);
  }
  std::cout << crashes << " power cuts, " << ledger.commits()
            << " messages promised, " << ledger.removals()
            << " removals promised\n";
  // Nothing is left over either: neither chunks without envelope nor marks.
  for (const QueueId id : spool.Ids()) ASSERT_THAT(spool.Remove(id), IsOk());
  EXPECT_THAT(spool.KeysOnDisk(), ::testing::ElementsAre("v"));
}

TEST(SpoolCrashTest, SurvivesAPowerCutAtEveryStepOfOpening) {
  UnsyncedFileSystem disk;
  TestSpool spool(disk.env());
  const auto id = spool.Add(ContentFor({1}));
  ASSERT_THAT(id, IsOk());
  bool opened = false;
  for (int64_t operations = 1; operations < 200 && !opened; ++operations) {
    spool.Close();
    disk.LosePowerAfter(operations);
    opened = spool.Open().ok() && !disk.has_lost_power();
    spool.Close();
    disk.Recover(static_cast<uint64_t>(operations));
    ASSERT_THAT(spool.Open(), IsOk()) << operations;
    EXPECT_THAT(spool.ContentOf(*id), testing::IsOkAndHolds(ContentFor({1})));
  }
  EXPECT_TRUE(opened);
}

}  // namespace
}  // namespace postern::mta::queue
