// The content of a queued message, read from the spool's database or held in
// memory.
//
// Errors:  Piece(): DataLoss if the chunk is missing or damaged, Unavailable if
//          it cannot be read now.
// Threads: one at a time; the database must outlive StoredContent.

#ifndef POSTERN_MTA_QUEUE_STORED_CONTENT_H_
#define POSTERN_MTA_QUEUE_STORED_CONTENT_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "mta/queue/courier.h"
#include "mta/queue/queue_id.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::queue {

class SpoolDatabase;

class StoredContent final : public Content {
 public:
  StoredContent(const SpoolDatabase& database, QueueId id,
                const spool::v1::Envelope& envelope)
      : database_(database),
        id_(id),
        size_bytes_(envelope.size_bytes()),
        pieces_(static_cast<int>(envelope.chunks())) {}

  int64_t size_bytes() const override { return size_bytes_; }
  int pieces() const override { return pieces_; }
  // From memory or the page cache as a rule; seldom from the disk itself.
  absl::StatusOr<std::string> Piece(int index) const override;

 private:
  const SpoolDatabase& database_;
  const QueueId id_;
  const int64_t size_bytes_;
  const int pieces_;
};

// A small message that has just come in, so that it is not read back.
class HeldContent final : public Content {
 public:
  explicit HeldContent(std::string content) : content_(std::move(content)) {}

  int64_t size_bytes() const override {
    return static_cast<int64_t>(content_.size());
  }
  int pieces() const override { return 1; }
  absl::StatusOr<std::string> Piece(int index) const override;

 private:
  const std::string content_;
};

// Returns the beginning of the content: enough for its header, or for
// `limit_bytes`, or as much as can be read.
std::string HeadOf(const Content& content, int64_t limit_bytes);
// Returns all of the content, or as much as can be read.
std::string WholeOf(const Content& content);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_STORED_CONTENT_H_
