// The content of a queued message, read from the spool's database or from its
// file, or held in memory.
//
// Errors:  Piece(): DataLoss if the chunk is missing or damaged, Unavailable if
//          it cannot be read now.
// Threads: any; the database must outlive StoredContent, the files FileContent.
// Limits:  a FileContent that was read keeps its file open.

#ifndef POSTERN_MTA_QUEUE_STORED_CONTENT_H_
#define POSTERN_MTA_QUEUE_STORED_CONTENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "mta/queue/courier.h"
#include "mta/queue/queue_id.h"
#include "proto/spool/v1/envelope.pb.h"

namespace rocksdb {
class RandomAccessFile;
}  // namespace rocksdb

namespace postern::mta::queue {

class ContentFiles;
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

class FileContent final : public Content {
 public:
  FileContent(const ContentFiles& files, QueueId id,
              const spool::v1::Envelope& envelope);
  ~FileContent() override;

  int64_t size_bytes() const override { return size_bytes_; }
  int pieces() const override { return records_ + (cut_bytes_ > 0 ? 1 : 0); }
  absl::StatusOr<std::string> Piece(int index) const override;

 private:
  absl::StatusOr<std::string> Record(int number) const;
  // Opens the file when it is read first: many messages may wait for a
  // connection.
  absl::StatusOr<const rocksdb::RandomAccessFile*> File() const;

  const ContentFiles& files_;
  const QueueId id_;
  const int64_t size_bytes_;
  const int records_;
  // Where the content begins, if its header is at the end of the file: so many
  // bytes into that record.
  int first_ = 0;
  size_t cut_bytes_ = 0;
  mutable absl::Mutex mutex_;
  mutable std::unique_ptr<rocksdb::RandomAccessFile> file_
      ABSL_GUARDED_BY(mutex_);
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
