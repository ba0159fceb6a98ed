// What is counted for reports until they have gone: by day and domain, in Redis
// for all replicas together (shared_counts.h) or in a store of our own
// (local_counts.h).
//
// Whoever sends a report claims it first, for a while; who claims it later gets
// what is still to be done. So a replica that dies leaves nothing undone, and
// the term of a claim is the wait before another try.
//
//   CO_ASSIGN_OR_RETURN(std::optional<Claimed> claimed,
//                       co_await counts.Claim(subject, absl::Hours(1)));
//   if (!claimed) co_return;   // another replica has it, or it is finished
//
// Errors:  those of redis::Client or kv::Store: nothing was changed, or it
//          cannot be told.
// Threads: from any reactor.

#ifndef POSTERN_MTA_TLS_REPORT_COUNTS_H_
#define POSTERN_MTA_TLS_REPORT_COUNTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "lib/net/task.h"
#include "mta/tls_report/tally.h"

namespace postern::mta::tls_report {

// How long counts are kept: their day, and two for reporting them.
inline constexpr absl::Duration kKeptFor = absl::Hours(72);

// Sessions that were not counted, and why.
using Losses = std::map<Counted, uint64_t>;

struct Claimed {
  KindCounts counts;
  std::set<std::string> sent_to;  // Where the report has gone to already.
};

class Counts {
 public:
  virtual ~Counts() = default;

  // Adds to the counts of `subject`, within the limits.
  virtual net::Task<absl::StatusOr<Losses>> Add(Subject subject,
                                                KindCounts counts) = 0;

  // Returns the domains of a day that there are counts for.
  virtual net::Task<absl::StatusOr<std::vector<std::string>>> DomainsOf(
      absl::CivilDay day) = 0;

  // Takes the report of `subject` for `term`; nullopt: it is taken.
  virtual net::Task<absl::StatusOr<std::optional<Claimed>>> Claim(
      Subject subject, absl::Duration term) = 0;

  // Remembers that the report has gone to `where`.
  virtual net::Task<absl::Status> NoteSent(Subject subject,
                                           std::string where) = 0;

  // Forgets the counts; what is added later comes too late.
  virtual net::Task<absl::Status> Finish(Subject subject) = 0;
};

}  // namespace postern::mta::tls_report

#endif  // POSTERN_MTA_TLS_REPORT_COUNTS_H_
