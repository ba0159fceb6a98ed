#include "mta/limits/shared_counts.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/net/deadline.h"
#include "lib/redis/reply.h"
#include "lib/redis/script.h"

namespace postern::mta::limits {
namespace {

// The client ends it sooner.
constexpr absl::Duration kLongest = absl::Seconds(1);

const redis::Script& CountScript() {
  static const redis::Script script(R"lua(
local unit, use = tonumber(ARGV[1]), ARGV[2]
local MOST = 2147483647

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local this = math.floor(now / unit)
local left = 1 - (now % unit) / unit

-- MGET gives nil for a key that holds something else than a text.
local stored = redis.call('MGET', unpack(KEYS))
local fits, counts = 1, {}
for i, limit in ipairs({unpack(ARGV, 3)}) do
  local w, c, p = string.match(stored[i] or '', '^b (%d+) (%d+) (%d+)$')
  w, c, p = tonumber(w), tonumber(c), tonumber(p)
  if not w or c > MOST or p > MOST then c, p = 0, 0
  elseif w == this - 1 then c, p = 0, c
  elseif w ~= this then c, p = 0, 0 end
  counts[i] = {c, p}
  if p * left + c + 1 > tonumber(limit) then fits = 0 end
end
if use == 'note' or (use == 'spend' and fits == 1) then
  for i, count in ipairs(counts) do
    redis.call('SET', KEYS[i],
      string.format('b %d %d %d', this, count[1] + 1, count[2]),
      'PX', 2 * unit)
  end
end
return fits)lua");
  return script;
}

absl::string_view UseName(Use use) {
  switch (use) {
    case Use::kSpend:
      return "spend";
    case Use::kAsk:
      return "ask";
    case Use::kNote:
      return "note";
  }
  return "ask";
}

}  // namespace

SharedCounts::SharedCounts(redis::Client& client, absl::Duration unit)
    : client_(client), unit_(unit) {}

net::Task<absl::StatusOr<bool>> SharedCounts::Count(Event event,
                                                    std::vector<Bound> bounds,
                                                    Use use) {
  if (bounds.empty()) co_return true;
  // The outermost network is the tag, so that all keys meet in one slot.
  const std::string tag = bounds.back().who.ToString();
  std::vector<std::string> texts;
  texts.push_back(absl::StrCat(absl::ToInt64Milliseconds(unit_)));
  texts.push_back(std::string(UseName(use)));
  std::vector<std::string> names;
  for (const Bound& bound : bounds) {
    const std::string who = bound.who.ToString();
    const std::array<absl::string_view, 3> parts = {"limits", EventName(event),
                                                    who};
    names.push_back(client_.MakeKey(tag, parts));
    texts.push_back(absl::StrCat(bound.limit));
  }
  const std::vector<absl::string_view> keys(names.begin(), names.end());
  const std::vector<absl::string_view> args(texts.begin(), texts.end());
  const net::Deadline deadline = net::Deadline::After(kLongest);
  CO_ASSIGN_OR_RETURN(
      const redis::Reply reply,
      co_await client_.Run(CountScript(), keys, args, deadline));
  CO_ASSIGN_OR_RETURN(const int64_t fits, reply.Integer(0, 1));
  co_return fits == 1;
}

}  // namespace postern::mta::limits
