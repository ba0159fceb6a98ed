// Takes messages that were exported into this queue: the relay's side of
// posternctl queue import.
//
//   QueueImport import(spool, scheduler, clock, answer);
//   while (stream.Read(&request)) RETURN_IF_ERROR(import.Take(request));
//   RETURN_IF_ERROR(import.Finish());
//
// A message keeps its envelope with its age, failures, next attempt and hold,
// and its queue id, unless another message has that. It is answered for once it
// is durable, several with one sync. The same message twice in the queue is a
// duplicate and left alone: same id, sender, size and age.
//
// Errors:  InvalidArgument: requests out of order; ResourceExhausted: the disk
//          is full; what the spool returns: what was answered for is queued.
// Threads: one at a time, any that may block. One import at a time: two would
//          not see each other's queue ids.
// Limits:  kTogether messages or kTogetherBytes before a sync; a piece of
//          content in memory besides.

#ifndef POSTERN_MTA_ADMIN_QUEUE_IMPORT_H_
#define POSTERN_MTA_ADMIN_QUEUE_IMPORT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/base/clock.h"
#include "mta/queue/scheduler.h"
#include "mta/queue/spool.h"
#include "proto/admin/v1/queue_transfer.pb.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::admin {

class QueueImport {
 public:
  static constexpr size_t kTogether = 64;
  static constexpr int64_t kTogetherBytes = 8 << 20;

  // False: nobody listens any more.
  using Answer =
      std::function<bool(const ::postern::admin::v1::ImportResponse&)>;

  // All of them must outlive it.
  QueueImport(queue::Spool& spool, const queue::Scheduler& scheduler,
              const Clock& clock, Answer answer);
  // What was not made durable is forgotten.
  ~QueueImport();

  absl::Status Take(const ::postern::admin::v1::ImportRequest& request);
  // Makes durable and answers for what is left.
  absl::Status Finish();

 private:
  // A message that comes in, or waits to be made durable.
  struct Message {
    std::string id;  // As the file has it.
    spool::v1::Envelope envelope;
    std::unique_ptr<queue::Incoming> incoming;
  };

  absl::Status Begin(const ::postern::admin::v1::MessageHead& head);
  absl::Status End();
  // Returns the name that the message gets; nullopt: it is here already.
  std::optional<queue::QueueId> NameFor(queue::QueueId id,
                                        const spool::v1::Envelope& envelope);
  bool Reply(const std::string& id,
             ::postern::admin::v1::ImportResponse::Result result,
             const std::string& new_id = "", const std::string& why = "");

  queue::Spool& spool_;
  const queue::Scheduler& scheduler_;
  const Clock& clock_;
  const Answer answer_;
  bool holds_ = false;
  bool is_open_ = false;            // A message has begun.
  std::optional<Message> current_;  // None: it is not taken.
  std::vector<Message> finished_;
  queue::Edit edit_;
  int64_t edit_bytes_ = 0;
};

// Returns what is wrong with an envelope from outside.
absl::Status CheckEnvelope(const spool::v1::Envelope& envelope);

}  // namespace postern::mta::admin

#endif  // POSTERN_MTA_ADMIN_QUEUE_IMPORT_H_
