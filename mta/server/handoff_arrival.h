// One message that another relay hands over: whether we take it, and its way
// into the spool.
//
//   HandoffArrival arrival(conversation, arrivals);
//   arrival.Begin(envelope_bytes, content_bytes);
//   …read the content into arrival.sink()…
//   const smtp::Reply reply = co_await arrival.Commit(queue_id);
//
// Destroyed without a Commit() it leaves nothing, and may come again.
//
// Threads: of the session.

#ifndef POSTERN_MTA_SERVER_HANDOFF_ARRIVAL_H_
#define POSTERN_MTA_SERVER_HANDOFF_ARRIVAL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/net/task.h"
#include "mta/queue/arrivals.h"
#include "mta/queue/incoming.h"
#include "mta/server/content_sink.h"
#include "mta/server/conversation.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::server {

class HandoffArrival {
 public:
  // Both must outlive it.
  HandoffArrival(Conversation& conversation, queue::Arrivals& arrivals)
      : conversation_(conversation), arrivals_(arrivals) {}
  HandoffArrival(const HandoffArrival&) = delete;
  HandoffArrival& operator=(const HandoffArrival&) = delete;
  ~HandoffArrival();

  // Decides whether the message is taken.
  void Begin(absl::string_view envelope, int64_t content_bytes);

  // Where its content goes.
  ContentSink& sink();

  // Makes it durable, unless it was not taken or `content` says that the spool
  // did not. Returns the queue id that it has here, also of a message that came
  // before; an error has the reply. Counts and logs it.
  net::Task<absl::StatusOr<std::string>> Commit(absl::Status content);

 private:
  absl::Status Take(absl::string_view envelope, int64_t content_bytes);
  void Report(absl::string_view event, absl::string_view queue_id) const;

  Conversation& conversation_;
  queue::Arrivals& arrivals_;
  spool::v1::Envelope envelope_;
  absl::Status refusal_;
  bool is_claimed_ = false;
  std::optional<queue::QueueId> known_;  // It came before, as this one.
  std::unique_ptr<queue::Incoming> incoming_;
  std::unique_ptr<ContentSink> sink_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_HANDOFF_ARRIVAL_H_
