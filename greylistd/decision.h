// The rule of greylisting: what is known, and the time, make the verdict and
// what is to be remembered.
//
// Pure: the stores (sightings.h) fetch what is known and keep the change, both
// in one step. The script in redis_script.cc says the same in Lua; a test runs
// one table of cases through both.
//
// Source:  postgrey 1.37, smtpd_access_policy: a triplet passes once it is seen
//          again `delay` after its first attempt and within `retry_window` of
//          it; a client is allowed after `allow_after` such passes, of which
//          one an hour counts. Differences: a known triplet's time is written
//          only once in TouchInterval() and not at every mail, a triplet that
//          has passed stays passed when the delay is raised, and the senders
//          waiting in one network are limited (RD-06).
// Units:   times are whole seconds since 1970.
// Threads: pure.

#ifndef POSTERN_GREYLISTD_DECISION_H_
#define POSTERN_GREYLISTD_DECISION_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

namespace postern::greylistd {

// What counts for one request.
struct Terms {
  absl::Duration delay = absl::Minutes(5);
  absl::Duration retry_window = absl::Hours(48);
  absl::Duration max_age = absl::Hours(24 * 35);
  uint32_t allow_after = 5;       // 0: clients are never allowed.
  uint32_t max_pending = 10'000;  // 0: any number.
};

// What is remembered of a triplet ...
struct TripletRecord {
  int64_t first = 0;
  int64_t last = 0;     // Once passed, exact to TouchInterval().
  bool passed = false;  // It has waited long enough once.

  friend bool operator==(const TripletRecord&, const TripletRecord&) = default;
};

// ... of a client ...
struct ClientRecord {
  uint32_t count = 0;  // First passes, one an hour, then hours of use.
  int64_t last = 0;    // When `count` rose.

  friend bool operator==(const ClientRecord&, const ClientRecord&) = default;
};

// ... and of a network: how many of its triplets have not passed.
struct PendingRecord {
  uint32_t count = 0;
  int64_t until = 0;  // When counting begins again from 0.

  friend bool operator==(const PendingRecord&, const PendingRecord&) = default;
};

struct Records {
  std::optional<TripletRecord> triplet;
  std::optional<ClientRecord> client;
  std::optional<PendingRecord> pending;

  friend bool operator==(const Records&, const Records&) = default;
};

struct Outcome {
  // The order is known to the Lua script.
  enum class Kind {
    kNew,            // Wait: never seen, or too long ago.
    kEarlyRetry,     // Wait: it has come back too soon.
    kPendingLimit,   // Wait: new, and its network has too many of these.
    kFirstPass,      // Pass: it has waited; from now on it is known.
    kKnown,          // Pass: it has waited before.
    kAllowedClient,  // Pass: its client has proved to retry.
  };
  Kind kind = Kind::kNew;
  // Left to wait, or waited at a first pass.
  int64_t seconds = 0;
  // With this first pass the client became an allowed one.
  bool client_became_allowed = false;

  bool passes() const { return kind >= Kind::kFirstPass; }
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// Decides. Records set in `change` replace the old ones.
Outcome Decide(const Records& known, const Terms& terms, int64_t now,
               Records& change);

// Until when a record is to be kept.
int64_t ExpiryOf(const TripletRecord& record, const Terms& terms);
int64_t ExpiryOf(const ClientRecord& record, const Terms& terms);

// Whether the triplet alone decides, and nothing is to be written: a known one
// that was written not long ago.
bool IsFreshlyKnown(const TripletRecord& record, const Terms& terms,
                    int64_t now);

// How old the time of a known triplet may become before it is written again: an
// hour, or 1/64 of max_age if that is less. Records are kept longer by as much.
int64_t TouchInterval(const Terms& terms);

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_DECISION_H_
