// The connections to one mail filter, which sessions take one after the other.
//
// A connection that a session gives back is used for the next client where the
// filter can do that (reuse_connections); each reactor has its own, so that
// there are no locks on the way (idle_conversations.h). Of several addresses
// those with the fewest sessions are tried first; one that fails is left out
// for a while (endpoint_roster.h).
//
//   CO_ASSIGN_OR_RETURN(MilterClient::Lease lease,
//                       co_await client.Take(deadline));
//   … lease.conversation …
//   client.Return(std::move(lease));   // or ReportFailure(std::move(lease), …)
//
// A filter that is away never stops the mail without saying so: a metric goes
// up, and the log has a line when that begins and another when it ends; one of
// several addresses has a line of its own.
//
// Errors:  Take() returns Unavailable or DeadlineExceeded, or InvalidArgument
//          for a filter that cannot be agreed with.
// Threads: from any reactor. Destroy it when no task uses it and before the
//          runtime.

#ifndef POSTERN_MTA_FILTERS_MILTER_CLIENT_H_
#define POSTERN_MTA_FILTERS_MILTER_CLIENT_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "lib/metrics/metrics.h"
#include "lib/milter/conversation.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/endpoint.h"
#include "lib/net/task.h"
#include "lib/net/tls.h"
#include "lib/policy/endpoint_roster.h"
#include "mta/filters/idle_conversations.h"
#include "mta/filters/milter_service.h"
#include "mta/filters/policy_client.h"

namespace postern::mta::filters {

class MilterClient {
 public:
  struct Lease {
    net::Endpoint where;
    std::unique_ptr<milter::Conversation> conversation;  // nullptr: none.
  };

  // `drain` must outlive the runtime's tasks; `tls` is for a service with TLS,
  // else nullptr.
  MilterClient(PolicyClientParts parts, net::Drain& drain,
               MilterService service,
               std::shared_ptr<net::TlsContext> tls = nullptr);
  MilterClient(const MilterClient&) = delete;
  MilterClient& operator=(const MilterClient&) = delete;
  ~MilterClient();

  const MilterService& service() const { return service_; }

  // Returns a connection on which no client was told of yet.
  net::Task<absl::StatusOr<Lease>> Take(net::Deadline deadline);
  // The client is gone: keeps the connection for another one if it may, or says
  // good-bye.
  void Return(Lease lease);

  // What it said about a message, or that it did not.
  void ReportAnswer(milter::Verdict::Kind verdict, absl::Duration took);
  // `lease` may have no conversation: there was no connection.
  void ReportFailure(Lease lease, absl::string_view session,
                     const absl::Status& why);

 private:
  net::Task<absl::StatusOr<Lease>> TakeNew(
      std::vector<net::Endpoint> candidates, net::Deadline deadline);
  net::Task<absl::StatusOr<Lease>> Open(net::Endpoint where,
                                        net::Deadline deadline);
  void SortByLoad(std::vector<net::Endpoint>& addresses) const;
  // Has the address left out for a while.
  void ReportEndpoint(const net::Endpoint& where, const absl::Status& why);
  void CountLease(const net::Endpoint& where, int by);

  net::Runtime& runtime_;
  const MilterService service_;
  const std::shared_ptr<net::TlsContext> tls_;
  policy::EndpointRoster roster_;
  std::vector<std::shared_ptr<IdleConversations>> idle_;  // One a reactor.
  mutable absl::Mutex mutex_;
  std::map<net::Endpoint, int> leases_ ABSL_GUARDED_BY(mutex_);
  std::atomic<uint64_t> failures_in_a_row_ = 0;
  std::array<metrics::Counter*, 6> verdicts_;
  metrics::Counter& failures_;
  metrics::Histogram& seconds_;
  metrics::Gauge& healthy_;
  metrics::Gauge& open_;
};

}  // namespace postern::mta::filters

#endif  // POSTERN_MTA_FILTERS_MILTER_CLIENT_H_
