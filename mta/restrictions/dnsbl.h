// Asks DNS lists about clients and domains.
//
// A question goes on beside the sessions that want its answer: so all lists of
// a stage are asked in parallel, a dead one costs its deadline and nothing
// else, and many sessions share one question. What lists say is remembered
// (dnsbl_cache.h).
//
//   lists.Prefetch("2.0.0.127", list, timeout);    // begins, waits for nothing
//   const DnsblAnswer answer =
//       co_await lists.Ask("2.0.0.127", list, timeout);
//
// Source:  RFC 5782: an A record is a listing, TXT at the same name the reason.
// Errors:  none: that a list could not be asked is an answer.
// Threads: any reactor.
// Limits:  the whole question takes `timeout`; 16 addresses and 1000 bytes of
//          a reason are kept.

#ifndef POSTERN_MTA_RESTRICTIONS_DNSBL_H_
#define POSTERN_MTA_RESTRICTIONS_DNSBL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/dns/resolver.h"
#include "lib/metrics/metrics.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/event.h"
#include "lib/net/task.h"
#include "mta/restrictions/dnsbl_cache.h"
#include "mta/restrictions/dnsbl_filter.h"

namespace postern::mta::restrictions {

struct DnsblAnswer {
  enum class Kind {
    kNotListed,  // Or only with addresses that do not count.
    kListed,
    kFailed,  // The list could not be asked.
  };
  Kind kind = Kind::kFailed;
  std::string reason;  // The list's words, any bytes; empty if it has none.
};

class DnsLists {
 public:
  struct Parts {
    dns::Resolver& resolver;
    const Clock& clock;
    net::Drain& drain;  // Counts the questions; they must end before this does.
    metrics::Registry& metrics;
  };

  // All of `parts` must outlive it.
  explicit DnsLists(Parts parts);
  DnsLists(const DnsLists&) = delete;
  DnsLists& operator=(const DnsLists&) = delete;
  ~DnsLists();

  // Makes the metrics of a list, so that they are there before it is asked.
  void Announce(const DnsList& list) { MetersOf(list.zone); }

  // Begins to ask `list` about `name`: reversed octets or nibbles, or a domain;
  // unless it is known or being asked. On a reactor.
  void Prefetch(absl::string_view name, const DnsList& list,
                absl::Duration timeout);

  // Returns what the list says. On a reactor; `list` must outlive the task.
  net::Task<DnsblAnswer> Ask(std::string name, const DnsList& list,
                             absl::Duration timeout);

 private:
  struct Meters;
  // A question that is under way, and who waits for it.
  struct Flight {
    DnsblRecords records;
    std::vector<std::shared_ptr<net::Event>> waiters;
  };

  // Joins the question about `name`, beginning it if need be, with one more to
  // wake at its end (unless null).
  std::shared_ptr<Flight> Join(const std::string& name, absl::Duration timeout,
                               const Meters& meters,
                               std::shared_ptr<net::Event> done);
  net::Task<> Fly(std::string name, net::Deadline deadline,
                  const Meters& meters, std::shared_ptr<Flight> flight);
  net::Task<DnsblRecords> LookUp(std::string name, net::Deadline deadline,
                                 const Meters& meters);
  net::Task<std::string> Reason(std::string name, net::Deadline deadline);
  const Meters& MetersOf(const std::string& zone);

  const Parts parts_;
  DnsblCache cache_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<Flight>> under_way_
      ABSL_GUARDED_BY(mutex_);
  // By zone; the zones are those of the configuration.
  absl::flat_hash_map<std::string, std::unique_ptr<const Meters>> meters_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_DNSBL_H_
