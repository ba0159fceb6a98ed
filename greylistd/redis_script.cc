#include "greylistd/redis_script.h"

namespace postern::greylistd {

const redis::Script& SeeScript() {
  static const redis::Script script(R"lua(
local delay, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local max_age, touch = tonumber(ARGV[3]), tonumber(ARGV[4])
local allow_after, max_pending = tonumber(ARGV[5]), tonumber(ARGV[6])
local names = {ARGV[7], ARGV[8], ARGV[9]}
local hour = 3600
local NEW, EARLY, LIMIT, FIRST, KNOWN, ALLOWED = 0, 1, 2, 3, 4, 5

local now = tonumber(redis.call('TIME')[1])
-- MGET gives nil for a key that holds something else than a text.
local stored = redis.call('MGET', KEYS[1], KEYS[2], KEYS[3])

-- The same bounds as in records.cc.
local LATEST, MOST = 253402300799, 2147483647

local function read(text, pattern, most)
  if not text then return end
  local a, b, c = string.match(text, pattern)
  if not a or #a > 12 or #b > 12 then return end
  a, b = tonumber(a), tonumber(b)
  if a <= most and b <= LATEST then return a, b, c == '1' end
end

local first, last, passed =
  read(stored[1], '^t (%d+) (%d+) ([01])%f[ %z]', LATEST)
local count, counted = read(stored[2], '^c (%d+) (%d+)%f[ %z]', MOST)
local pending, till = read(stored[3], '^p (%d+) (%d+)%f[ %z]', MOST)

local function put(i, record, ttl)
  if ttl < 1 then ttl = 1 end
  if names[i] ~= '' then record = record .. ' ' .. names[i] end
  redis.call('SET', KEYS[i], record, 'EX', ttl)
end

local function put_triplet(f, is_passed)
  if is_passed then
    put(1, string.format('t %d %d 1', f, now), max_age + touch)
  else
    put(1, string.format('t %d %d 0', f, now), f + window + 1 - now)
  end
end

local function put_client(n)
  put(2, string.format('c %d %d', n, now), max_age + hour)
end

local function put_pending(n, t)
  put(3, string.format('p %d %d', n, t), t - now)
end

local function may_count()
  return not count or now >= counted + hour or counted > now
end

local function remember_new()
  local n, t = pending, till
  if not n or t <= now then n, t = 0, now + window end
  if max_pending ~= 0 and n >= max_pending then return {LIMIT, delay, 0} end
  put_triplet(now, false)
  put_pending(n + 1, t)
  return {NEW, delay, 0}
end

if passed and last <= now and now - last < touch then return {KNOWN, 0, 0} end

if allow_after ~= 0 and count and count >= allow_after then
  if may_count() then put_client(count + 1) end
  return {ALLOWED, 0, 0}
end

if passed then
  put_triplet(math.min(first, now), true)
  return {KNOWN, 0, 0}
end

if not first and delay > 0 then return remember_new() end

local since = math.min(first or now, now)
local waited = now - since
if waited > window then return remember_new() end
if waited < delay then
  if since ~= first then put_triplet(since, false) end
  return {EARLY, delay - waited, 0}
end

put_triplet(since, true)
if first and pending and pending > 0 and till > now then
  put_pending(pending - 1, till)
end
local became = 0
if allow_after ~= 0 and may_count() then
  local n = (count or 0) + 1
  put_client(n)
  if n == allow_after then became = 1 end
end
return {FIRST, waited, became}
)lua");
  return script;
}

}  // namespace postern::greylistd
