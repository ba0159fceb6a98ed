// One connection of the pool (pool.h): opened when there is a first job, kept
// while there are more, closed when it is old, idle or broken.
//
// Threads: one reactor.

#ifndef POSTERN_MTA_OUTBOUND_WORKER_H_
#define POSTERN_MTA_OUTBOUND_WORKER_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "lib/net/task.h"
#include "mta/outbound/lines.h"
#include "mta/outbound/pool.h"
#include "mta/outbound/session.h"
#include "mta/routing/host_tls.h"
#include "mta/routing/mx.h"
#include "mta/routing/tls_policy.h"

namespace postern::mta::outbound {

class Worker {
 public:
  // Both arguments must outlive the worker; it is counted in `line` already.
  Worker(Pool& pool, Lines::Line& line) : pool_(pool), line_(line) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Serves the line until nobody waits in it.
  net::Task<> Run();

 private:
  class NextInLine;

  net::Task<Job*> NextJob();
  net::Task<Job*> WaitForJob();
  // Waits for the time at which the destination may have one more delivery.
  // False: that is too far off, and `job` is settled.
  net::Task<bool> Pace(Job& job);
  net::Task<> Serve(Job& job);
  net::Task<bool> EnsureSession(Job& job);
  net::Task<std::optional<queue::Outcome>> FindHosts();
  net::Task<std::optional<queue::Outcome>> ConnectToNextHost();
  // On a refusal there may be a session, to be closed.
  net::Task<std::optional<queue::Outcome>> Connect(routing::Host host,
                                                   routing::TlsDemand demand);
  // What the TLS to the hosts, and to one of them, has to be. (worker_tls.cc)
  net::Task<std::optional<queue::Outcome>> FindPolicy();
  net::Task<routing::HostTls> TlsFor(routing::Host host) const;
  SessionOptions OptionsFor(const routing::Host& host,
                            const net::Stream& stream,
                            routing::TlsDemand demand) const;
  // Tells what became of it, now that `refusal` or the session is known.
  void ReportTls(const routing::Host& host, routing::HostTls tls,
                 const std::optional<queue::Outcome>& refusal) const;
  void CountTls(const routing::TlsDemand& demand) const;
  // A password that was refused lately is a refusal without a connection.
  net::Task<std::optional<queue::Outcome>> FindLogin(routing::Host host);
  // `refusal` is that of Open().
  void ReportLogin(const routing::Host& host,
                   const std::optional<queue::Outcome>& refusal) const;
  bool MayGoInTheClear() const;
  // `host` is the one before the next.
  net::Task<absl::StatusOr<net::Stream>> MakeConnection(routing::Host host);
  net::Task<> CloseSession();
  bool MayRetry(Job& job) const;

  Pool& pool_;
  Lines::Line& line_;
  IdleWorker idle_;
  // Of the latest job.
  routing::NextHop next_hop_;
  LoginChoice choice_;
  std::optional<sasl::Login> login_;  // At the latest host.
  std::unique_ptr<Session> session_;
  size_t parcels_ = 0;  // Over this session.
  routing::HopTls hop_tls_;
  // The hosts of the next hop, and the first that has not been tried.
  std::vector<routing::Host> hosts_;
  size_t next_host_ = 0;
  // Jobs that were taken and have no outcome: one to be tried again, one that
  // the session has announced.
  std::deque<Job*> hand_;
  bool may_yield_ = false;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_WORKER_H_
