#include "mta/limits/local_counts.h"

#include "absl/hash/hash.h"

namespace postern::mta::limits {

LocalCounts::LocalCounts(const Clock& clock, absl::Duration unit)
    : clock_(clock), unit_(unit) {}

LocalCounts::Moment LocalCounts::Now() const {
  absl::Duration rest;
  const int64_t unit =
      absl::IDivDuration(clock_.Now() - absl::UnixEpoch(), unit_, &rest);
  return {unit, 1 - absl::FDivDuration(rest, unit_)};
}

LocalCounts::Shard& LocalCounts::ShardOf(const Account& account) {
  return shards_[absl::HashOf(account) % kShards];
}

void LocalCounts::Turn(Count& count, int64_t unit) {
  if (count.unit == unit) return;
  count.before = count.unit == unit - 1 ? count.now : 0;
  count.now = 0;
  count.unit = unit;
}

bool LocalCounts::Fits(const Account& account, uint32_t limit) const {
  const Moment moment = Now();
  const Shard& shard = shards_[absl::HashOf(account) % kShards];
  absl::MutexLock lock(&shard.mutex);
  const auto found = shard.counts.find(account);
  if (found == shard.counts.end()) return limit > 0;
  Count count = found->second;
  Turn(count, moment.unit);
  return static_cast<double>(count.before) * moment.left +
             static_cast<double>(count.now + 1) <=
         limit;
}

void LocalCounts::Add(const Account& account) {
  const Moment moment = Now();
  Shard& shard = ShardOf(account);
  absl::MutexLock lock(&shard.mutex);
  if (shard.counts.size() >= kMaxAccounts / kShards &&
      !shard.counts.contains(account)) {
    MakeRoom(shard, moment.unit);
  }
  Count& count = shard.counts[account];
  Turn(count, moment.unit);
  ++count.now;
}

void LocalCounts::MakeRoom(Shard& shard, int64_t unit) {
  absl::erase_if(shard.counts, [unit](const auto& entry) {
    return entry.second.unit < unit - 1;
  });
  // All are busy. A table's order is nobody's choice, so whoever is first in
  // it may go; a tenth at once, so that this is rare.
  const size_t most = kMaxAccounts / kShards / 10 * 9;
  while (shard.counts.size() > most) shard.counts.erase(shard.counts.begin());
}

size_t LocalCounts::size() const {
  size_t all = 0;
  for (const Shard& shard : shards_) {
    absl::MutexLock lock(&shard.mutex);
    all += shard.counts.size();
  }
  return all;
}

}  // namespace postern::mta::limits
