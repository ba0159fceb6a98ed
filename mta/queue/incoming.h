// A message that is coming in, from DATA to its 250 (spool.h).
//
// Threads: belongs to one session.
// Limits:  one chunk (64 KiB) in memory, four once there is a file; those after
//          the first come out of what the spool has for all.

#ifndef POSTERN_MTA_QUEUE_INCOMING_H_
#define POSTERN_MTA_QUEUE_INCOMING_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/task.h"
#include "mta/queue/edit.h"
#include "mta/queue/queue_id.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::queue {

class ContentFile;
class FileContent;
class Spool;

// Destroyed without a commit, it leaves nothing.
class Incoming {
 public:
  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;
  ~Incoming();

  QueueId id() const { return id_; }
  const std::string& queue_id() const { return text_; }
  // The bytes appended so far.
  int64_t size_bytes() const { return size_bytes_; }

  // Adds to the content (CR LF line ends, no dot-stuffing); the first bytes are
  // our own trace fields. `data` must outlive the task. After an error only
  // destroy it.
  net::Task<absl::Status> Append(absl::string_view data);
  // The same for threads that may block.
  absl::Status AppendBlocking(absl::string_view data);

  // For content that others are to look at before it is accepted: reads back
  // what was appended, piece by piece, from memory or from the page cache,
  // where it has just been put.
  size_t pieces() const { return chunks_ + filling_ + 1; }
  absl::StatusOr<std::string> Piece(size_t index);
  // Puts a header in front of all that was appended; once, and last.
  net::Task<absl::Status> Prepend(absl::string_view header);
  // Forgets what was appended.
  void Restart();

  // Makes the message durable. size_bytes and chunks are filled in here;
  // queued_us and next_attempt_us too, if they are 0: a message that another
  // relay handed over keeps its age. Call it once, and last. On an error
  // nothing is kept; after DeadlineExceeded it may be all the same.
  net::Task<absl::Status> Commit(spool::v1::Envelope envelope);

  // All has been appended: returns when a content that is too large for the
  // database is on stable storage. Before CommitWith(), for threads that may
  // block; Commit() does it by itself.
  absl::Status FinishBlocking();
  // For mail that was queued before, elsewhere: puts into `edit` what makes the
  // message durable when that is applied. Only size_bytes and chunks are filled
  // in. Call it once, and last; then Applied() with what became of the edit.
  void CommitWith(Edit& edit, spool::v1::Envelope envelope);
  void Applied(const absl::Status& status);

 private:
  friend class Spool;
  Incoming(Spool& spool, QueueId id);
  // Moves what there is room for from `data` into the chunk.
  void Buffer(absl::string_view& data);
  // Begins another chunk behind one that is full; false: write them first.
  bool BeginChunk();
  // Moves the chunks to the file, the first one to a new file. Blocking.
  absl::Status WriteChunks();

  Spool& spool_;
  const QueueId id_;
  const std::string text_;
  // Chunks that are not sealed yet; those before `filling_` are full.
  std::vector<std::string> records_;
  size_t filling_ = 0;
  std::unique_ptr<ContentFile> file_;  // nullptr: one chunk was enough so far.
  std::unique_ptr<FileContent> written_;  // To read from file_.
  uint32_t chunks_ = 0;                   // Those in the file.
  int64_t size_bytes_ = 0;
  uint64_t header_at_end_bytes_ = 0;
  bool committed_ = false;
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_INCOMING_H_
