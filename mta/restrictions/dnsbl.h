// Asks DNS lists about clients and domains.
//
// A question begins at once and goes on beside its session, so all lists of a
// stage are asked in parallel, and a dead one costs its deadline and nothing
// else. What they say is remembered (dnsbl_cache.h).
//
//   std::shared_ptr<DnsblLookup> lookup = lists.Begin("2.0.0.127", list);
//   const DnsblAnswer& answer = co_await lookup->Answer();
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

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
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

// One question, begun.
class DnsblLookup {
 public:
  // Returns the answer. The look-up must outlive the task; one task at a time.
  net::Task<DnsblAnswer> Answer();

 private:
  friend class DnsLists;
  DnsblAnswer answer_;
  net::Deadline deadline_ = net::Deadline::After(absl::ZeroDuration());
  net::Event done_;
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
  explicit DnsLists(Parts parts) : parts_(parts), cache_(parts.clock) {}

  // Begins to ask `list` about `name`: reversed octets or nibbles, or a domain.
  // On a reactor.
  std::shared_ptr<DnsblLookup> Begin(absl::string_view name,
                                     const DnsList& list,
                                     absl::Duration timeout);

 private:
  struct Meters;

  net::Task<> Ask(std::string name, DnsList list, net::Deadline deadline,
                  std::shared_ptr<DnsblLookup> lookup);
  net::Task<DnsblRecords> Records(std::string name, net::Deadline deadline,
                                  const Meters& meters);
  net::Task<std::string> Reason(std::string name, net::Deadline deadline);
  const Meters& MetersOf(const std::string& zone);

  const Parts parts_;
  DnsblCache cache_;
  absl::Mutex mutex_;
  // By zone; the zones are those of the configuration.
  absl::flat_hash_map<std::string, std::shared_ptr<const Meters>> meters_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_DNSBL_H_
