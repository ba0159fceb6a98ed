// The contents that are too large for the spool's database: a file each, in
// contents/ below the spool's directory.
//
// RocksDB writes what it is given twice, into its log and into a table, and for
// a large message that is what takes the time. A file is written once, while
// the message comes in, and synced, with its name, before the envelope is: so
// the content is there whenever the envelope is.
//
//   ASSIGN_OR_RETURN(auto file, files.Create(id));
//   RETURN_IF_ERROR(file->Append(SealRecord(ChunkKey(id, 0), piece)));  // …
//   RETURN_IF_ERROR(file->Sync());  // Then the envelope may be committed.
//   …
//   files.DeleteLater(id);          // Once the envelope is gone.
//
// Source:  docs/design/0004-large-contents.md; format: docs/formats/spool.md.
// Errors:  as SpoolDatabase. NotFound: there is no such file.
// Threads: locks internally; all but DeleteLater() may wait for the disk. A
//          ContentFile belongs to one thread at a time.
// Limits:  none of its own; a thread for the deletions.

#ifndef POSTERN_MTA_QUEUE_CONTENT_FILES_H_
#define POSTERN_MTA_QUEUE_CONTENT_FILES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "mta/queue/queue_id.h"
#include "rocksdb/env.h"

namespace postern::mta::queue {

// A file that is being written.
class ContentFile {
 public:
  // `directory` must outlive it.
  ContentFile(std::string path, std::unique_ptr<rocksdb::WritableFile> file,
              rocksdb::Directory& directory)
      : path_(std::move(path)), file_(std::move(file)), directory_(directory) {}

  // Adds one sealed record, without a sync.
  absl::Status Append(absl::string_view record);
  // Returns when all that was appended, and the name, are on stable storage.
  absl::Status Sync();

 private:
  const std::string path_;
  const std::unique_ptr<rocksdb::WritableFile> file_;
  rocksdb::Directory& directory_;
};

class ContentFiles {
 public:
  // Opens or makes the folder; `env` may be null.
  static absl::StatusOr<std::unique_ptr<ContentFiles>> Open(
      const std::string& spool_directory, rocksdb::Env* env);
  ContentFiles(const ContentFiles&) = delete;
  ContentFiles& operator=(const ContentFiles&) = delete;
  // Finishes the deletions.
  ~ContentFiles();

  // Makes the file of `id`. One of an earlier message with this name, which may
  // wait for its deletion, is replaced.
  absl::StatusOr<std::unique_ptr<ContentFile>> Create(QueueId id);
  absl::StatusOr<std::unique_ptr<rocksdb::RandomAccessFile>> OpenToRead(
      QueueId id) const;
  // Deletes the file of `id` soon, if there is one. One that stays because the
  // process ends is found by Ids() at the next start.
  void DeleteLater(QueueId id);
  // Whose files there are.
  absl::StatusOr<std::vector<QueueId>> Ids() const;
  // Moves the file of `id` into `directory`, for a person to look at.
  absl::Status Keep(QueueId id, const std::string& directory);

 private:
  ContentFiles(std::string folder, rocksdb::Env* env,
               std::unique_ptr<rocksdb::Directory> directory);
  std::string PathOf(QueueId id) const;
  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void RunDeletions();
  void Delete(QueueId id) const;

  const std::string folder_;
  rocksdb::Env* const env_;
  const std::unique_ptr<rocksdb::Directory> directory_;
  absl::Mutex mutex_;
  std::set<QueueId> to_delete_ ABSL_GUARDED_BY(mutex_);
  std::optional<QueueId> deleting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // The last member: it uses the others.
  std::thread deleter_;
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_CONTENT_FILES_H_
