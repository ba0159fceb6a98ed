// Remembers the messages that have got their header, so that one with many
// recipients gets it once.
//
// Postfix asks about each recipient of a message with the same `instance`, over
// the same connection, one after the other.
//
// Threads: locks internally.
// Limits:  the last 1024 instances.

#ifndef POSTERN_GREYLISTD_INSTANCES_H_
#define POSTERN_GREYLISTD_INSTANCES_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace postern::greylistd {

class Instances {
 public:
  static constexpr size_t kRemembered = 1024;

  // Returns true the first time it is asked about `instance`. An empty one, of
  // a server that sends none, is always new.
  bool IsNew(absl::string_view instance);

 private:
  absl::Mutex mutex_;
  // Hashes, the oldest at next_; 0: none.
  std::array<uint64_t, kRemembered> ring_ ABSL_GUARDED_BY(mutex_) = {};
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_set<uint64_t> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_INSTANCES_H_
