// The end of a relay's work: delivers what is due, and hands what remains to
// other relays.
//
// Called once, when the drain has begun. For handoff.delivery_time mail that is
// due or still comes in is delivered; meanwhile whatever waits for longer, or
// is held, goes to the peers, several at a time to each, and then all the rest
// as it comes to an end of its attempts. A message is removed here when its
// peer has said, and signed, that it is durable there. What no peer takes stays
// on the volume, and the log says how much and why.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<Handoff> handoff,
//                    Handoff::Create(config, parts));
//   daemon.OnDrain([&](absl::Duration left) { handoff->Finish(left); });
//
// Source:  docs/formats/handoff.md.
// Errors:  Create(): InvalidArgument; the text starts with the config field at
//          fault.
// Threads: Create() and Finish() on the main thread.
// Limits:  handoff.connections to each peer; one that fails three times in a
//          row, or on which the peer refuses five messages in a row, is closed
//          for good.

#ifndef POSTERN_MTA_OUTBOUND_HANDOFF_H_
#define POSTERN_MTA_OUTBOUND_HANDOFF_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/dns/resolver.h"
#include "lib/metrics/metrics.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/endpoint.h"
#include "lib/net/runtime.h"
#include "lib/net/task.h"
#include "lib/net/tls.h"
#include "mta/outbound/handoff_backlog.h"
#include "mta/outbound/handoff_session.h"
#include "mta/queue/scheduler.h"
#include "mta/queue/spool.h"
#include "mta/routing/own_endpoints.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::outbound {

// All of them outlive it.
struct HandoffParts {
  queue::Spool& spool;
  queue::Scheduler& scheduler;
  dns::Resolver& resolver;
  const routing::OwnEndpoints& own;
  net::Runtime& runtime;
  net::Drain& drain;  // Its tasks are sessions and attempts.
  const Clock& clock;
  metrics::Registry& metrics;
};

class Handoff {
 public:
  static absl::StatusOr<std::unique_ptr<Handoff>> Create(
      const config::v1::Mta& config, HandoffParts parts);
  Handoff(const Handoff&) = delete;
  Handoff& operator=(const Handoff&) = delete;
  ~Handoff();

  // Returns when there is nothing more to be done, or after `left`.
  void Finish(absl::Duration left);

 private:
  using Leaving = HandoffBacklog::Leaving;
  struct Peer {
    net::Endpoint endpoint;
    std::atomic<int> workers = 0;
    absl::Mutex mutex;
    // Why it gets nothing, or not all.
    std::string trouble ABSL_GUARDED_BY(mutex);
  };
  // One connection to a peer, and what has gone wrong on it in a row.
  struct Line {
    size_t peer;
    std::unique_ptr<HandoffSession> session;
    int failures = 0;
    int refusals = 0;
  };

  Handoff(const config::v1::Mta& config, HandoffParts parts);
  net::Task<> Run();
  // Finds the peers and starts what gives to them.
  net::Task<> Engage();
  // Delivers and waits until all has come to its end.
  net::Task<> Attend();
  std::vector<size_t> LivePeers() const;
  net::Task<> Work(size_t peer);
  net::Task<> Give(Leaving leaving, Line& line);
  // Tells whether it cannot go to another relay, and logs that.
  bool IsBoundHere(const Leaving& leaving, const Line& line) const;
  net::Task<bool> EnsureSession(Line& line);
  // What became of it; false: it is to be tried again on this line.
  net::Task<bool> Settle(Leaving& leaving, Line& line,
                         const HandoffResult& result);
  net::Task<> NoteAccepted(Leaving leaving, Line& line,
                           const std::string& peer_queue_id);
  void NoteRefused(const Leaving& leaving, Line& line, const std::string& why);
  void NoteTrouble(Line& line, const std::string& why);
  static bool IsOver(const Line& line);
  void Report() const;
  std::string Reasons() const;

  const config::v1::Handoff config_;
  const std::string myhostname_;
  const HandoffParts parts_;
  HandoffOptions options_;
  std::unique_ptr<net::TlsContext> tls_context_;
  metrics::Counter& handed_off_;
  metrics::Counter& refused_;
  metrics::Counter& lost_;
  metrics::Counter& doubtful_;
  metrics::Gauge& remaining_;

  // Of Finish().
  std::optional<net::Deadline> deadline_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::unique_ptr<HandoffBacklog> backlog_;
  std::string no_peers_;  // Why there are none.
  std::atomic<bool> stops_ = false;
  std::atomic<uint64_t> count_ = 0;
  net::Drain workers_;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_HANDOFF_H_
