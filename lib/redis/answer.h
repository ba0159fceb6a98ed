// What became of one command: more than a status, because what may be done next
// depends on whether Redis can have carried it out.

#ifndef POSTERN_LIB_REDIS_ANSWER_H_
#define POSTERN_LIB_REDIS_ANSWER_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/redis/error_reply.h"
#include "lib/redis/reply.h"

namespace postern::redis {

struct Answer {
  enum class Fate {
    kReplied,   // `reply` is what Redis said, which may be an error.
    kTimedOut,  // May have been carried out.
    kLost,      // The connection broke after sending; likewise.
    kNotSent,   // There was no connection; certainly not carried out.
    kRefused,   // Not even tried: circuit breaker, too much under way, closed.
  };
  Fate fate = Fate::kNotSent;
  absl::Status status;  // OK if and only if kReplied.
  Reply reply;

  static Answer Failed(Fate fate, absl::Status status) {
    return {.fate = fate, .status = std::move(status), .reply = {}};
  }

  // The kind of error that Redis replied; nothing else is an error reply.
  bool IsError(ErrorReply::Kind kind) const {
    return reply.is_error() && ReadError(reply.error()).kind == kind;
  }

  // Returns what our caller gets.
  absl::StatusOr<Reply> ToResult() && {
    if (!status.ok()) return std::move(status);
    if (reply.is_error()) return StatusOfError(reply.error());
    return std::move(reply);
  }
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_ANSWER_H_
