// The name of a queued message: a number that grows with time, written as 13
// letters and digits ("0dk3v9zq1h7xw").
//
// Identifiers sort by the time when they were made, as numbers and as text. The
// letters have no vowels, so that a name never spells a word.
//
// Errors:  Parse() returns InvalidArgument.
// Threads: a value.

#ifndef POSTERN_MTA_QUEUE_QUEUE_ID_H_
#define POSTERN_MTA_QUEUE_QUEUE_ID_H_

#include <compare>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace postern::mta::queue {

struct QueueId {
  uint64_t number = 0;

  static absl::StatusOr<QueueId> Parse(absl::string_view text);
  // Returns an identifier that was made at `time`; the lowest 12 bits of `salt`
  // keep those of two programs apart.
  static QueueId At(absl::Time time, uint64_t salt);

  std::string ToString() const;
  // When it was made, to the microsecond.
  absl::Time MadeAt() const;

  friend auto operator<=>(const QueueId&, const QueueId&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const QueueId& id) {
    return H::combine(std::move(h), id.number);
  }
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_QUEUE_ID_H_
