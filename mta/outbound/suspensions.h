// Destinations that get no mail for now because the operator says so: what goes
// there is deferred without being tried, and grows old as other mail does.
//
//   RETURN_IF_ERROR(suspensions.Add({"example.org", now, until, "they
//   asked"})); if (auto why = suspensions.Find(domain, hosts, now)) …   // on
//   every delivery
//
// They are kept in a file, so that a restart does not send what was to wait.
//
// Source:  patterns: destination_pattern.h; file: docs/formats/spool.md.
// Errors:  InvalidArgument: no pattern; ResourceExhausted: too many; else what
//          the disk says, and nothing has changed.
// Threads: safe from any thread; Find() is cheap while nothing is suspended,
//          the others write a file.
// Limits:  kMost of them, a reason of kLongestReason.

#ifndef POSTERN_MTA_OUTBOUND_SUSPENSIONS_H_
#define POSTERN_MTA_OUTBOUND_SUSPENSIONS_H_

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace postern::mta::outbound {

struct Suspension {
  std::string pattern;
  absl::Time since = absl::InfinitePast();
  absl::Time until = absl::InfiniteFuture();
  std::string reason;
};

class Suspensions {
 public:
  static constexpr size_t kMost = 1000;
  static constexpr size_t kLongestReason = 200;

  // Nothing is suspended, and nothing is kept.
  Suspensions() = default;
  Suspensions(const Suspensions&) = delete;
  Suspensions& operator=(const Suspensions&) = delete;

  // Takes up what `file` has, and keeps it there from now on. A file that
  // cannot be read is an error and stays as it is.
  absl::Status Open(std::string file);

  // Replaces the one with the same pattern.
  absl::Status Add(Suspension suspension);
  // Ends the one with this pattern, or all; returns how many there were.
  absl::StatusOr<size_t> Remove(absl::string_view pattern);
  absl::StatusOr<size_t> RemoveAll();

  // Returns the first that holds for a destination; `domain` and `hosts` are in
  // lower case.
  std::optional<Suspension> Find(absl::string_view domain,
                                 const std::vector<std::string>& hosts,
                                 absl::Time now) const;
  // Those that have not run out.
  std::vector<Suspension> List(absl::Time now) const;

 private:
  absl::Status Replace(std::vector<Suspension> all)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::atomic<bool> has_some_ = false;
  mutable absl::Mutex mutex_;
  std::string file_ ABSL_GUARDED_BY(mutex_);  // Empty: none.
  std::vector<Suspension> all_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_SUSPENSIONS_H_
