// What metrics say of the keys that are being replaced (posternctl dkim
// rotate): it reads the list that stands beside the key table.
//
//   RotationWatch& watch = daemon.Own(std::make_unique<RotationWatch>(
//       daemon.runtime(), daemon.drain(), daemon.clock(), daemon.metrics()));
//   watch.Watch("/etc/postern/keytable");
//
// The list is read again when metrics are asked for, after the answer: what
// they say is as old as the question before. A list that cannot be read is
// logged, and what it said before stands.
//
// Threads: Watch() blocks, on the main thread; all else locks internally.

#ifndef POSTERN_DKIMD_ROTATION_WATCH_H_
#define POSTERN_DKIMD_ROTATION_WATCH_H_

#include <array>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/clock.h"
#include "lib/dkim/rotation_list.h"
#include "lib/metrics/metrics.h"
#include "lib/net/drain.h"
#include "lib/net/runtime.h"
#include "lib/net/task.h"

namespace postern::dkimd {

class RotationWatch {
 public:
  // All of them must outlive it.
  RotationWatch(net::Runtime& runtime, net::Drain& drain, const Clock& clock,
                metrics::Registry& registry);

  // From now on the list of this key table counts; "": none does.
  void Watch(const std::string& key_table);

 private:
  using List = std::vector<dkim::Rotation>;

  void Render();
  net::Task<> ReadAgain();
  // Reads the list, and keeps it.
  void Read();

  net::Runtime& runtime_;
  net::Drain& drain_;
  const Clock& clock_;
  std::array<metrics::Gauge*, dkim::kRotationPhases> counts_;
  std::array<metrics::Gauge*, dkim::kRotationPhases> longest_;
  metrics::Gauge& failed_;
  metrics::Gauge& overdue_;
  metrics::Gauge& next_step_;

  absl::Mutex mutex_;
  std::string path_ ABSL_GUARDED_BY(mutex_);
  List list_ ABSL_GUARDED_BY(mutex_);
  std::string trouble_ ABSL_GUARDED_BY(mutex_);  // Logged last.
};

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_ROTATION_WATCH_H_
