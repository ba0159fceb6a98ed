// Sends messages of the queue to somebody who keeps them: the relay's side of
// posternctl queue export.
//
//   QueueExport sender(spool, scheduler, outlet, /*deletes=*/false);
//   RETURN_IF_ERROR(sender.Run(request.what(), is_cancelled));
//
// Without `deletes` the queue stays as it is, and a message is sent as it was
// at one moment of its life. With it, messages are taken out of delivery some
// at a time, sent, and deleted when the outlet has them for good; those in
// delivery are left alone. If the outlet fails they are queued as before.
//
// Errors:  as ChangeMessages(); what the outlet or the spool returns.
// Threads: one at a time, any that may block.
// Limits:  kTogether messages and about kTogetherBytes out of delivery at a
//          time; a piece of content in memory.

#ifndef POSTERN_MTA_ADMIN_QUEUE_EXPORT_H_
#define POSTERN_MTA_ADMIN_QUEUE_EXPORT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "mta/queue/scheduler.h"
#include "mta/queue/spool.h"
#include "proto/admin/v1/queue_transfer.pb.h"

namespace postern::mta::admin {

// Where the messages go.
class ExportOutlet {
 public:
  virtual ~ExportOutlet() = default;
  virtual absl::Status Send(
      const ::postern::admin::v1::ExportResponse& part) = 0;
  // Returns OK once everything that was sent is kept for good.
  virtual absl::Status AwaitSync() = 0;
};

class QueueExport {
 public:
  static constexpr size_t kTogether = 64;
  static constexpr int64_t kTogetherBytes = 16 << 20;

  // All of them must outlive it.
  QueueExport(queue::Spool& spool, queue::Scheduler& scheduler,
              ExportOutlet& outlet, bool deletes)
      : spool_(spool),
        scheduler_(scheduler),
        outlet_(outlet),
        deletes_(deletes) {}

  // Sends what is selected, and the summary.
  absl::Status Run(::postern::admin::v1::ChangeRequest what,
                   const std::function<bool()>& is_cancelled);

 private:
  absl::StatusOr<queue::Scheduler::Changed> Send(
      const std::vector<queue::QueueId>& ids);
  absl::Status MoveSome(absl::Span<const queue::QueueId> ids,
                        queue::Scheduler::Changed& changed);
  // Tells whether the message was sent as a whole.
  absl::StatusOr<bool> SendMessage(queue::QueueId id);
  absl::Status Skip(queue::QueueId id, const absl::Status& why);

  queue::Spool& spool_;
  queue::Scheduler& scheduler_;
  ExportOutlet& outlet_;
  const bool deletes_;
  int64_t sent_bytes_ = 0;
};

}  // namespace postern::mta::admin

#endif  // POSTERN_MTA_ADMIN_QUEUE_EXPORT_H_
