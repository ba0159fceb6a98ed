#include "dkimd/replay_counter.h"

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/base/status_macros.h"
#include "lib/redis/reply.h"
#include "lib/redis/script.h"

namespace postern::dkimd {
namespace {

constexpr int64_t kMost = 1'000'000'000'000;

// A window begins with the first sighting. What is not a number of ours under
// the key is replaced.
const redis::Script& SeeScript() {
  static const redis::Script script(R"lua(
local seen = redis.call('MGET', KEYS[1])[1]
local count = string.match(seen or '', '^%d+$') and #seen < 12 and
  redis.call('PTTL', KEYS[1]) > 0 and tonumber(seen) or 0
if count > 0 then
  return redis.call('INCR', KEYS[1])
end
redis.call('SET', KEYS[1], 1, 'PX', ARGV[1])
return 1)lua");
  return script;
}

}  // namespace

LocalReplayCounter::LocalReplayCounter(absl::Duration window,
                                       size_t max_entries, const Clock& clock)
    : window_(window), max_entries_(max_entries), clock_(clock) {}

net::Task<absl::StatusOr<uint64_t>> LocalReplayCounter::See(
    std::string signature, net::Deadline) {
  co_return Count(signature);
}

uint64_t LocalReplayCounter::Count(absl::string_view signature) {
  // Seeded anew for each process: nobody can make two signatures meet.
  const uint64_t hash = absl::Hash<absl::string_view>()(signature);
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  while (!begun_.empty() && begun_.front().first + window_ <= now) {
    counts_.erase(begun_.front().second);
    begun_.pop_front();
  }
  const auto [place, is_new] = counts_.try_emplace(hash, 0);
  const uint64_t count = ++place->second;
  if (!is_new) return count;
  begun_.emplace_back(now, hash);
  if (begun_.size() > max_entries_) {
    counts_.erase(begun_.front().second);
    begun_.pop_front();
  }
  return count;
}

net::Task<absl::StatusOr<uint64_t>> RedisReplayCounter::See(
    std::string signature, net::Deadline deadline) {
  const absl::string_view parts[] = {signature};
  const std::string key = redis_.MakeKey(signature, parts);
  const std::string window = absl::StrCat(absl::ToInt64Milliseconds(window_));
  const absl::string_view keys[] = {key};
  const absl::string_view args[] = {window};
  CO_ASSIGN_OR_RETURN(const redis::Reply reply,
                      co_await redis_.Run(SeeScript(), keys, args, deadline));
  CO_ASSIGN_OR_RETURN(const int64_t count, reply.Integer(1, kMost));
  co_return static_cast<uint64_t>(count);
}

}  // namespace postern::dkimd
