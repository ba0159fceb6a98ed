// Does what the operator asks for to the messages that he names, to those that
// a filter finds, or to all.
//
//   RETURN_IF_ERROR(ChangeMessages({spool, scheduler, change, is_cancelled},
//                                  request, response));
//
// A name that is not in the queue: nothing is changed. A call ends after so
// many changes that it has its answer in time; `next` and `until` of the answer
// say how to go on, to nothing that came after the first call.
//
// Errors:  InvalidArgument: no selection, or two; NotFound; Cancelled.
// Threads: any that may block.

#ifndef POSTERN_MTA_ADMIN_QUEUE_CHANGE_H_
#define POSTERN_MTA_ADMIN_QUEUE_CHANGE_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mta/queue/scheduler.h"
#include "mta/queue/spool.h"
#include "proto/admin/v1/queue.pb.h"

namespace postern::mta::admin {

// What a verb does, and to which messages: for a dry run.
struct Change {
  using State = queue::QueueIndex::State;
  using Act = std::function<absl::StatusOr<queue::Scheduler::Changed>(
      const std::vector<queue::QueueId>&)>;

  Act act;
  std::function<bool(State)> applies;
  bool leaves_active = false;
  bool takes_damaged = false;
};

// All of them outlive the call.
struct ChangeParts {
  queue::Spool& spool;
  queue::Scheduler& scheduler;
  const Change& change;
  std::function<bool()> is_cancelled;
};

absl::Status ChangeMessages(const ChangeParts& parts,
                            const ::postern::admin::v1::ChangeRequest& request,
                            ::postern::admin::v1::ChangeResponse& response);

// Parses a queue id that may be left out.
absl::StatusOr<std::optional<queue::QueueId>> ParsePlace(
    const std::string& text);

absl::Status NoSuchMessage(absl::string_view id);

}  // namespace postern::mta::admin

#endif  // POSTERN_MTA_ADMIN_QUEUE_CHANGE_H_
