// Takes over the mail of a relay that is gone from the volume that it left.
//
//   ASSIGN_OR_RETURN(const Adopted adopted,
//                    Adopt("/mnt/old/spool", spool, clock, until));
//
// A message keeps its envelope: its age, failures, next attempt, hold, and what
// its sender asked to be told; it gets a new queue id, and event=adopted has
// both. It is deleted from the old volume once it is durable here, so after a
// crash the same call goes on: at most what was last on its way is there twice.
// What cannot be read is set aside on the old volume, as a relay does.
//
// Errors:  NotFound: there is no spool; FailedPrecondition: another program has
//          it open, or it is ours; else what a disk said: what was adopted by
//          then is.
// Threads: any that may block.
// Limits:  kTogetherBytes of content in memory, and one message.

#ifndef POSTERN_MTA_QUEUE_ADOPTION_H_
#define POSTERN_MTA_QUEUE_ADOPTION_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "lib/base/clock.h"
#include "mta/queue/spool.h"

namespace postern::mta::queue {

struct Adopted {
  size_t messages = 0;
  size_t left = 0;  // `stops` said so: call again.
  // What cannot be read, by its queue id there, and why.
  std::map<QueueId, std::string> damaged;
};

// `stops` is asked now and then.
absl::StatusOr<Adopted> Adopt(const std::string& directory, Spool& spool,
                              const Clock& clock,
                              const std::function<bool()>& stops);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_ADOPTION_H_
