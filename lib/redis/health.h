// What is known to be out of order, as all reactors together see it.
//
// Each reactor reports a server when its circuit breaker opens and again when
// it closes; the first report and the last are logged.
//
// Threads: locks internally; reports are rare.

#ifndef POSTERN_LIB_REDIS_HEALTH_H_
#define POSTERN_LIB_REDIS_HEALTH_H_

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "lib/redis/meters.h"

namespace postern::redis {

class Health {
 public:
  // `meters` must outlive it.
  explicit Health(Meters& meters) : meters_(meters) {}

  // `who`, a server or "topology", does not work. Once for each reactor until
  // it reports Recovered(), or Withdrawn() when it does not use it any more.
  void Failed(const std::string& who, const absl::Status& why);
  void Recovered(const std::string& who);
  void Withdrawn(const std::string& who);

  // Returns OK, or Unavailable with one of the reasons.
  absl::Status Current() const;

 private:
  struct Trouble {
    int reporters = 0;
    absl::Status why;
  };

  // Takes one report back; tells whether it was the last.
  bool Remove(const std::string& who);

  Meters& meters_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Trouble> troubles_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_HEALTH_H_
