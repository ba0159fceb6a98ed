// Takes over messages that another relay hands to us (XHANDOFF): proves who we
// are, lets it prove the same, and makes durable what it gives.
//
// What comes this way has been judged and rewritten already, so nothing here
// looks at it again. A message is ours when its receipt is sent; one that comes
// once more, because a receipt was lost, gets a receipt again
// (queue::Arrivals). Who has not proved that it knows the secret gives nothing,
// and a message that is not signed as it should be leaves nothing behind.
//
//   CO_ASSIGN_OR_RETURN(HandoffAnswer answer, co_await handoff.Answer());
//   step = dialogue.OnHandoff(std::move(answer));
//
// Source:  docs/formats/handoff.md.
// Errors:  the stream's: there is nobody to answer.
// Threads: of the session.
// Limits:  an envelope of smtp::kMaxEnvelopeBytes in memory; content as large
//          as a message may be, with what relays put in front of it.

#ifndef POSTERN_MTA_SERVER_HANDOFF_RECEPTION_H_
#define POSTERN_MTA_SERVER_HANDOFF_RECEPTION_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/net/task.h"
#include "mta/server/content_sink.h"
#include "mta/server/conversation.h"
#include "mta/server/handoff_answer.h"
#include "mta/smtp/handoff.h"

namespace postern::mta::server {

class HandoffReception {
 public:
  // `conversation` must outlive it.
  explicit HandoffReception(Conversation& conversation)
      : conversation_(conversation) {}

  // Answers dialogue.command().handoff.
  net::Task<absl::StatusOr<HandoffAnswer>> Answer();

  // The connection is another one now (STARTTLS): nothing is proved.
  void Reset();

 private:
  HandoffAnswer Greet(const smtp::HandoffCommand& command);
  HandoffAnswer Prove(const smtp::HandoffCommand& command);
  net::Task<absl::StatusOr<HandoffAnswer>> Receive(
      const smtp::HandoffCommand& command);
  // Reads `bytes` bytes into `sink`.
  net::Task<absl::Status> Read(int64_t bytes, ContentSink& sink);
  HandoffAnswer Forged(smtp::Reply reply) const;

  Conversation& conversation_;
  std::optional<smtp::HandoffKey> key_;
  bool is_proved_ = false;
  uint64_t number_ = 0;  // Of the latest message.
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_HANDOFF_RECEPTION_H_
