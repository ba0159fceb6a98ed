// Remembers who has been seen: the store behind greylisting.
//
// See() is the one operation of a decision: it looks up triplet, client and
// network, decides (decision.h) and remembers, in one step that nobody can come
// between. The other operations serve the operator (check_service.h).
//
// Two implementations: embedded_sightings.h (one machine) and
// redis_sightings.h (shared by replicas). fallback.h joins them.
//
// Errors:  those of lib/kv and lib/redis: the store is away or full, or did not
//          answer in time. Garbage in the store is no error but as if nothing
//          were there.
// Threads: all calls from any reactor.

#ifndef POSTERN_GREYLISTD_SIGHTINGS_H_
#define POSTERN_GREYLISTD_SIGHTINGS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "greylistd/decision.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"

namespace postern::greylistd {

// The names of the records that one decision is about.
struct Names {
  std::string network;  // "192.0.2.0/24": of the pending count; see Client.
  std::string triplet;  // TripletText().
  std::string client;   // The address or the network, as auto_allow.by says.
};

// One record, for the operator.
struct Entry {
  enum class Kind { kTriplet, kClient };
  Kind kind = Kind::kTriplet;
  std::string network;
  std::string name;       // Empty where only a hash of it is kept.
  TripletRecord triplet;  // Of kTriplet.
  ClientRecord client;    // Of kClient.
  int64_t expires = 0;    // When it will be forgotten.

  friend bool operator==(const Entry&, const Entry&) = default;
};

// A part of the list, and where to go on; an empty cursor: that was all.
struct Page {
  std::vector<Entry> entries;
  std::string cursor;
};

class Sightings {
 public:
  virtual ~Sightings() = default;

  // Decides about one request. `names` must outlive the task.
  virtual net::Task<absl::StatusOr<Outcome>> See(const Names& names,
                                                 const Terms& terms,
                                                 net::Deadline deadline) = 0;

  // Returns what is known, and changes nothing. `names` must outlive the task.
  virtual net::Task<absl::StatusOr<Records>> Peek(const Names& names,
                                                  net::Deadline deadline) = 0;

  // Returns some triplets and clients, about `limit`; begins with an empty
  // cursor. What is written meanwhile may be missing. A page may be empty and
  // not the last.
  virtual net::Task<absl::StatusOr<Page>> List(std::string cursor, size_t limit,
                                               net::Deadline deadline) = 0;

  // Keeps the record until `entry.expires`, in place of any other.
  virtual net::Task<absl::Status> Remember(Entry entry,
                                           net::Deadline deadline) = 0;

  // Forgets the triplet or the client of this name, if it is there; `network`
  // is the one it belongs to.
  virtual net::Task<absl::Status> Forget(Entry::Kind kind, std::string network,
                                         std::string name,
                                         net::Deadline deadline) = 0;

  // OK while the store works, as far as is known.
  virtual absl::Status Healthy() const = 0;

  // Closes what it keeps on the reactors, after all calls have ended; not from
  // a reactor.
  virtual void Close() {}
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_SIGHTINGS_H_
