// Who takes a queued message to its recipients: the queue asks, the outbound
// side does.
//
// Threads: Attempt() is called on any reactor, many at a time.

#ifndef POSTERN_MTA_QUEUE_COURIER_H_
#define POSTERN_MTA_QUEUE_COURIER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/net/task.h"
#include "mta/queue/outcome.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::queue {

// The content of a queued message, piece by piece.
class Content {
 public:
  virtual ~Content() = default;
  // The whole size, as stored (CR LF line ends, no dot-stuffing).
  virtual int64_t size_bytes() const = 0;
  virtual int pieces() const = 0;
  // Returns piece `index`. DataLoss: it is missing or damaged.
  virtual absl::StatusOr<std::string> Piece(int index) const = 0;
};

struct Errand {
  std::string queue_id;
  const spool::v1::Envelope& envelope;
  const Content& content;
};

class Courier {
 public:
  virtual ~Courier() = default;

  // Tries every recipient of the envelope once and returns what became of
  // each, in the envelope's order. `errand` must outlive the task.
  virtual net::Task<std::vector<Outcome>> Attempt(const Errand& errand) = 0;
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_COURIER_H_
