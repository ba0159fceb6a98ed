// greylistd's answer to a policy request: rules (rules.h), then DNS lists, then
// the store (sightings.h), then the words.
//
// Only a request that names client, sender and recipient is decided; any other
// gets DUNNO. In mode monitor everything is decided, counted and logged, and
// whoever would have to wait gets DUNNO as well.
//
// Threads: Check() and Replace() from any thread.

#ifndef POSTERN_GREYLISTD_HANDLER_H_
#define POSTERN_GREYLISTD_HANDLER_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "greylistd/decision_log.h"
#include "greylistd/dnswl.h"
#include "greylistd/instances.h"
#include "greylistd/meters.h"
#include "greylistd/reason.h"
#include "greylistd/rules.h"
#include "greylistd/sightings.h"
#include "lib/base/clock.h"
#include "lib/policy/handler.h"
#include "proto/config/v1/greylistd.pb.h"

namespace postern::greylistd {

class Handler final : public policy::Handler {
 public:
  // What it works with; all must outlive it.
  struct Parts {
    Sightings& sightings;
    dns::Resolver* resolver;  // May be null where there are no DNS lists.
    const Clock& clock;
    metrics::Registry& metrics;
  };

  Handler(const config::v1::Greylistd& config, Rules rules, Parts parts);

  net::Task<absl::StatusOr<policy::Verdict>> Check(
      const policy::Request& request, net::Deadline deadline) override;

  // From now on answers by another configuration. Requests under way end by
  // the one they began with.
  void Replace(const config::v1::Greylistd& config, Rules rules);

  // The rules in force.
  std::shared_ptr<const Rules> rules() const;

 private:
  // What a reload replaces.
  struct State {
    Rules rules;
    Dnswl dnswl;
    bool defers_on_failure;
  };

  std::shared_ptr<const State> state() const;
  // Asks the DNS lists about a client.
  net::Task<bool> IsOnDnsList(const State& state, net::IpAddress client,
                              net::Deadline deadline);
  policy::Verdict Answer(const State& state, const policy::Request& request,
                         const Outcome& outcome);
  policy::Verdict AnswerFailure(const State& state,
                                const policy::Request& request);
  // Counts and logs a request that passes without the store.
  policy::Verdict Pass(const policy::Request& request, Reason reason);

  Parts parts_;
  Meters meters_;
  DecisionLog log_;
  Instances instances_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const State> state_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_HANDLER_H_
