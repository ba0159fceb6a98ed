#include "greylistd/decision.h"

#include <algorithm>

namespace postern::greylistd {
namespace {

constexpr int64_t kHour = 3600;

// A client's count rises at most once an hour; a time in the future is one that
// a wrong clock wrote.
bool MayCount(const std::optional<ClientRecord>& client, int64_t now) {
  return !client || now >= client->last + kHour || client->last > now;
}

Outcome RememberNew(const Records& known, const Terms& terms, int64_t now,
                    Records& change) {
  PendingRecord pending = known.pending.value_or(PendingRecord{});
  if (!known.pending || pending.until <= now) {
    pending = {0, now + absl::ToInt64Seconds(terms.retry_window)};
  }
  const int64_t delay = absl::ToInt64Seconds(terms.delay);
  if (terms.max_pending != 0 && pending.count >= terms.max_pending) {
    return {Outcome::Kind::kPendingLimit, delay, false};
  }
  ++pending.count;
  change.triplet = TripletRecord{now, now, false};
  change.pending = pending;
  return {Outcome::Kind::kNew, delay, false};
}

Outcome Pass(const Records& known, const Terms& terms, int64_t first,
             int64_t now, Records& change) {
  Outcome outcome = {Outcome::Kind::kFirstPass, now - first, false};
  change.triplet = TripletRecord{first, now, true};
  if (known.triplet && known.pending && known.pending->count > 0 &&
      known.pending->until > now) {
    change.pending = known.pending;
    --change.pending->count;
  }
  if (terms.allow_after != 0 && MayCount(known.client, now)) {
    ClientRecord client = known.client.value_or(ClientRecord{});
    client.last = now;
    ++client.count;
    change.client = client;
    outcome.client_became_allowed = client.count == terms.allow_after;
  }
  return outcome;
}

}  // namespace

int64_t TouchInterval(const Terms& terms) {
  return std::min(kHour, absl::ToInt64Seconds(terms.max_age) / 64);
}

bool IsFreshlyKnown(const TripletRecord& record, const Terms& terms,
                    int64_t now) {
  return record.passed && record.last <= now &&
         now - record.last < TouchInterval(terms);
}

int64_t ExpiryOf(const TripletRecord& record, const Terms& terms) {
  if (!record.passed) {
    return record.first + absl::ToInt64Seconds(terms.retry_window) + 1;
  }
  return record.last + absl::ToInt64Seconds(terms.max_age) +
         TouchInterval(terms);
}

int64_t ExpiryOf(const ClientRecord& record, const Terms& terms) {
  return record.last + absl::ToInt64Seconds(terms.max_age) + kHour;
}

Outcome Decide(const Records& known, const Terms& terms, int64_t now,
               Records& change) {
  change = {};
  if (known.triplet && IsFreshlyKnown(*known.triplet, terms, now)) {
    return {Outcome::Kind::kKnown, 0, false};
  }
  if (terms.allow_after != 0 && known.client &&
      known.client->count >= terms.allow_after) {
    if (MayCount(known.client, now)) {
      change.client = ClientRecord{known.client->count + 1, now};
    }
    return {Outcome::Kind::kAllowedClient, 0, false};
  }
  if (known.triplet && known.triplet->passed) {
    change.triplet =
        TripletRecord{std::min(known.triplet->first, now), now, true};
    return {Outcome::Kind::kKnown, 0, false};
  }
  const int64_t delay = absl::ToInt64Seconds(terms.delay);
  if (!known.triplet && delay > 0) {
    return RememberNew(known, terms, now, change);
  }
  const int64_t first =
      known.triplet ? std::min(known.triplet->first, now) : now;
  const int64_t waited = now - first;
  if (waited > absl::ToInt64Seconds(terms.retry_window)) {
    return RememberNew(known, terms, now, change);
  }
  if (waited < delay) {
    // A first attempt in the future would otherwise never be long ago.
    if (first != known.triplet->first) change.triplet = {first, now, false};
    return {Outcome::Kind::kEarlyRetry, delay - waited, false};
  }
  return Pass(known, terms, first, now, change);
}

}  // namespace postern::greylistd
