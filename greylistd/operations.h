// What an operator may ask of greylistd and tell it: look, allow, forget,
// import. The gRPC service (check_service.h) is this in other words.
//
// Errors:  InvalidArgument for names that are none; FailedPrecondition; those
//          of the store (sightings.h).
// Threads: tasks on any reactor.

#ifndef POSTERN_GREYLISTD_OPERATIONS_H_
#define POSTERN_GREYLISTD_OPERATIONS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "greylistd/reason.h"
#include "greylistd/rules.h"
#include "greylistd/sightings.h"
#include "lib/base/clock.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"
#include "lib/policy/reply.h"

namespace postern::greylistd {

// A request as an operator describes it.
struct Question {
  std::string client_address;
  std::string client_name;
  std::string sender;
  std::string recipient;
  bool is_authenticated = false;
};

struct Prospect {
  policy::Verdict verdict;
  Reason reason = Reason::kIncomplete;
  int64_t seconds = 0;
  Names names;
  Records records;  // What the store knows.
};

struct ImportCount {
  uint64_t imported = 0;
  uint64_t expired = 0;
  uint64_t invalid = 0;
};

class Operations {
 public:
  // `rules` returns the rules in force. All must outlive it.
  Operations(Sightings& sightings, const Clock& clock,
             std::function<std::shared_ptr<const Rules>()> rules);

  // Tells what a request would be answered, without DNS lists, and changes
  // nothing.
  net::Task<absl::StatusOr<Prospect>> Peek(Question question,
                                           net::Deadline deadline);

  // Allows a client for `lifetime` (nullopt: max_age) and returns its record.
  net::Task<absl::StatusOr<Entry>> Allow(std::string client,
                                         std::optional<absl::Duration> lifetime,
                                         net::Deadline deadline);

  // Forgets what List() shows under this name.
  net::Task<absl::Status> Forget(Entry::Kind kind, std::string name,
                                 net::Deadline deadline);

  // Remembers the entries, of which only kind, name, times and count matter.
  // Those whose time is over and those that are none are left out and counted.
  net::Task<absl::StatusOr<ImportCount>> Import(std::vector<Entry> entries,
                                                net::Deadline deadline);

  Sightings& sightings() { return sightings_; }

 private:
  // Completes an entry to be imported; kExpired or kInvalid if it is not to be.
  enum class Worth { kImport, kExpired, kInvalid };
  Worth Complete(const Rules& rules, int64_t now, Entry& entry) const;

  Sightings& sightings_;
  const Clock& clock_;
  std::function<std::shared_ptr<const Rules>()> rules_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_OPERATIONS_H_
