#include "mta/tls_report/shared_counts.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/base/random.h"
#include "lib/base/status_macros.h"
#include "lib/net/deadline.h"
#include "lib/redis/reply.h"
#include "lib/redis/script.h"
#include "mta/tls_report/session_kind.h"

namespace postern::mta::tls_report {
namespace {

// The client ends it sooner.
constexpr absl::Duration kLongest = absl::Seconds(1);
// What the script that adds returns for all that was not counted.
constexpr int64_t kLate = -1;
constexpr int64_t kNoRoom = -2;
constexpr size_t kMaxDomainBytes = 255;
// Of a hash of counts: kinds and destinations, each with its value.
constexpr size_t kMostElements = 20'000;

net::Deadline Soon() { return net::Deadline::After(kLongest); }

// KEYS: the day's domains, the counts, the claim, the batch. A batch that is
// repeated because its answer got lost counts once.
const redis::Script& AddScript() {
  static const redis::Script script(R"lua(
local ttl, max_domains = ARGV[1], tonumber(ARGV[2])
local max_kinds, domain = tonumber(ARGV[3]), ARGV[4]
local LATE, NO_ROOM, MOST = -1, -2, 2000000000

if redis.call('GET', KEYS[3]) == 'done' then return LATE end
if redis.call('SISMEMBER', KEYS[1], domain) == 0 then
  if redis.call('SCARD', KEYS[1]) >= max_domains then return NO_ROOM end
  redis.call('SADD', KEYS[1], domain)
end
redis.call('PEXPIRE', KEYS[1], ttl)
if not redis.call('SET', KEYS[4], '1', 'NX', 'PX', 600000) then return 0 end
local lost = 0
for i = 5, #ARGV, 2 do
  local kind, sessions = 'k' .. ARGV[i], tonumber(ARGV[i + 1])
  local before = redis.call('HGET', KEYS[2], kind)
  if before or redis.call('HLEN', KEYS[2]) < max_kinds then
    before = tonumber(before or 0) or 0
    if before < 0 or before > MOST then before = 0 end
    redis.call('HSET', KEYS[2], kind, math.min(before + sessions, MOST))
  else
    lost = lost + sessions
  end
end
redis.call('PEXPIRE', KEYS[2], ttl)
return lost)lua");
  return script;
}

// KEYS: the claim, the counts.
const redis::Script& ClaimScript() {
  static const redis::Script script(R"lua(
if redis.call('SET', KEYS[1], 'held', 'NX', 'PX', ARGV[1]) then
  return redis.call('HGETALL', KEYS[2])
end
return false)lua");
  return script;
}

// KEYS: the counts.
const redis::Script& NoteScript() {
  static const redis::Script script(R"lua(
redis.call('HSET', KEYS[1], 's' .. ARGV[2], '1')
return redis.call('PEXPIRE', KEYS[1], ARGV[1]))lua");
  return script;
}

// KEYS: the day's domains, the counts, the claim.
const redis::Script& FinishScript() {
  static const redis::Script script(R"lua(
redis.call('SET', KEYS[3], 'done', 'PX', ARGV[1])
redis.call('SREM', KEYS[1], ARGV[2])
redis.call('DEL', KEYS[2])
return 1)lua");
  return script;
}

std::string Milliseconds(absl::Duration duration) {
  return absl::StrCat(absl::ToInt64Milliseconds(duration));
}

// A field is "k" and a kind, with its sessions, or "s" and a destination.
void TakeField(const redis::Reply& field, const redis::Reply& value,
               Claimed& claimed) {
  absl::StatusOr<absl::string_view> name = field.String(kMaxKindBytes + 1);
  if (!name.ok()) return;
  if (absl::ConsumePrefix(&*name, "s")) claimed.sent_to.emplace(*name);
  const absl::StatusOr<int64_t> sessions = value.Integer(1, kMostSessions);
  if (sessions.ok() && absl::ConsumePrefix(&*name, "k")) {
    claimed.counts[std::string(*name)] = static_cast<uint32_t>(*sessions);
  }
}

}  // namespace

std::string SharedCounts::DomainsKey(absl::CivilDay day) const {
  const std::array<absl::string_view, 1> parts = {"domains"};
  return client_.MakeKey(absl::StrCat("tls-report:", NameOf(day)), parts);
}

std::string SharedCounts::KeyOf(absl::string_view what,
                                const Subject& subject) const {
  const std::array<absl::string_view, 2> parts = {what, subject.domain};
  return client_.MakeKey(absl::StrCat("tls-report:", NameOf(subject.day)),
                         parts);
}

net::Task<absl::StatusOr<Losses>> SharedCounts::Add(Subject subject,
                                                    KindCounts counts) {
  const std::string names[] = {
      DomainsKey(subject.day), KeyOf("counts", subject),
      KeyOf("claim", subject),
      KeyOf(absl::StrCat("batch ", RandomName(16)), subject)};
  std::vector<std::string> texts = {
      Milliseconds(kKeptFor), absl::StrCat(limits_.domains),
      absl::StrCat(limits_.kinds), subject.domain};
  uint64_t all = 0;
  for (const auto& [kind, sessions] : counts) {
    texts.push_back(kind);
    texts.push_back(absl::StrCat(sessions));
    all += sessions;
  }
  const std::vector<absl::string_view> keys(std::begin(names), std::end(names));
  const std::vector<absl::string_view> args(texts.begin(), texts.end());
  const net::Deadline deadline = Soon();
  CO_ASSIGN_OR_RETURN(const redis::Reply reply,
                      co_await client_.Run(AddScript(), keys, args, deadline));
  CO_ASSIGN_OR_RETURN(const int64_t lost,
                      reply.Integer(kNoRoom, static_cast<int64_t>(all)));
  Losses losses;
  if (lost == kLate) losses[Counted::kTooLate] = all;
  if (lost == kNoRoom) losses[Counted::kTooManyDomains] = all;
  if (lost > 0) losses[Counted::kTooManyKinds] = static_cast<uint64_t>(lost);
  co_return losses;
}

net::Task<absl::StatusOr<std::vector<std::string>>> SharedCounts::DomainsOf(
    absl::CivilDay day) {
  const std::string key = DomainsKey(day);
  const std::array<absl::string_view, 2> command = {"SMEMBERS", key};
  const net::Deadline deadline = Soon();
  CO_ASSIGN_OR_RETURN(const redis::Reply reply,
                      co_await client_.Command(command, key, deadline));
  CO_ASSIGN_OR_RETURN(const absl::Span<const redis::Reply> members,
                      reply.Array(0, limits_.domains));
  std::vector<std::string> domains;
  for (const redis::Reply& member : members) {
    const absl::StatusOr<absl::string_view> name =
        member.String(kMaxDomainBytes);
    if (name.ok()) domains.emplace_back(*name);
  }
  co_return domains;
}

net::Task<absl::StatusOr<std::optional<Claimed>>> SharedCounts::Claim(
    Subject subject, absl::Duration term) {
  const std::string claim = KeyOf("claim", subject);
  const std::string counts = KeyOf("counts", subject);
  const std::string milliseconds = Milliseconds(term);
  const std::array<absl::string_view, 2> keys = {claim, counts};
  const std::array<absl::string_view, 1> args = {milliseconds};
  const net::Deadline deadline = Soon();
  CO_ASSIGN_OR_RETURN(
      const redis::Reply reply,
      co_await client_.Run(ClaimScript(), keys, args, deadline));
  std::optional<Claimed> claimed;
  if (reply.is_nil()) co_return claimed;
  CO_ASSIGN_OR_RETURN(const absl::Span<const redis::Reply> fields,
                      reply.Array(0, kMostElements));
  claimed.emplace();
  for (size_t i = 0; i + 1 < fields.size(); i += 2) {
    TakeField(fields[i], fields[i + 1], *claimed);
  }
  co_return claimed;
}

net::Task<absl::Status> SharedCounts::NoteSent(Subject subject,
                                               std::string where) {
  const std::string key = KeyOf("counts", subject);
  const std::string milliseconds = Milliseconds(kKeptFor);
  const std::array<absl::string_view, 1> keys = {key};
  const std::array<absl::string_view, 2> args = {milliseconds, where};
  const net::Deadline deadline = Soon();
  const auto reply = co_await client_.Run(NoteScript(), keys, args, deadline);
  co_return reply.status();
}

net::Task<absl::Status> SharedCounts::Finish(Subject subject) {
  const std::string names[] = {DomainsKey(subject.day),
                               KeyOf("counts", subject),
                               KeyOf("claim", subject)};
  const std::string milliseconds = Milliseconds(kKeptFor);
  const std::vector<absl::string_view> keys(std::begin(names), std::end(names));
  const std::array<absl::string_view, 2> args = {milliseconds, subject.domain};
  const net::Deadline deadline = Soon();
  const auto reply = co_await client_.Run(FinishScript(), keys, args, deadline);
  co_return reply.status();
}

}  // namespace postern::mta::tls_report
