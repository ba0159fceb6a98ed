// dkimd's milter: makes a Transaction (transaction.h) of each message that is
// looked at.
//
// Threads: Begin() on any reactor, Replace() on the main thread.

#ifndef POSTERN_DKIMD_FILTER_H_
#define POSTERN_DKIMD_FILTER_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "dkimd/key_store.h"
#include "dkimd/meters.h"
#include "dkimd/replay_counter.h"
#include "dkimd/settings.h"
#include "dkimd/transaction.h"
#include "lib/base/clock.h"
#include "lib/base/line_budget.h"
#include "lib/dkim/key_finder.h"
#include "lib/metrics/metrics.h"
#include "lib/milter/filter.h"

namespace postern::dkimd {

class Filter final : public milter::Filter {
 public:
  // What it works with; all must outlive it.
  struct Parts {
    dkim::KeyFinder& public_keys;
    ReplayCounter* replay;  // May be null.
    const Clock& clock;
    metrics::Registry& metrics;
  };

  Filter(std::shared_ptr<const Settings> settings, Parts parts);

  milter::Needs needs() const override;
  std::unique_ptr<milter::Transaction> Begin(
      const milter::Envelope& envelope) override;

  // From now on other settings count. Messages under way end by those they
  // began with.
  void Replace(std::shared_ptr<const Settings> settings);

  std::shared_ptr<const Settings> settings() const;
  KeyStore& private_keys() { return private_keys_; }

 private:
  KeyStore private_keys_;
  Meters meters_;
  LineBudget lines_;
  Tools tools_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const Settings> settings_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_FILTER_H_
