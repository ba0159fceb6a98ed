// Keeps mail on disk from the moment we say 250 until the last recipient is
// settled.
//
//   std::unique_ptr<Incoming> incoming = spool.Begin();          // at DATA
//   CO_RETURN_IF_ERROR(co_await incoming->Append(piece));        // many times
//   CO_RETURN_IF_ERROR(co_await incoming->Commit(envelope));     // then "250"
//
// A message exists if and only if its envelope does; Commit() and Apply()
// return once their changes are on stable storage, in one sync with whatever
// else was waiting (committer.h). A content that is larger than a chunk goes
// into a file as it arrives (content_files.h); a file without an envelope is
// deleted, at once or at the next start. Entries that cannot be read are set
// aside, counted and listed, never dropped.
//
// Source:  architecture 3.1; format: docs/formats/spool.md.
// Errors:  ResourceExhausted: refuse the mail now (452), the disk is full or a
//          sync has failed; DeadlineExceeded: the disk does not answer;
//          NotFound; DataLoss: the entry is damaged, see SetAside(). After a
//          failed sync every change is refused until the program is started
//          again (ok() says why); what failed is never tried again on the same
//          handle, because the kernel may have dropped the pages. A disk that
//          was merely full is used again once it has room.
// Threads: locks internally. An Incoming belongs to one session.
// Limits:  a chunk of 64 KiB in memory for each Incoming, and up to three more
//          for large ones, 64 MiB of these in all; about 48 MiB in
//          all for RocksDB; one program a directory.

#ifndef POSTERN_MTA_QUEUE_SPOOL_H_
#define POSTERN_MTA_QUEUE_SPOOL_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/clock.h"
#include "lib/metrics/metrics.h"
#include "lib/net/task.h"
#include "mta/queue/committer.h"
#include "mta/queue/courier.h"
#include "mta/queue/edit.h"
#include "mta/queue/incoming.h"
#include "mta/queue/queue_id.h"
#include "proto/spool/v1/envelope.pb.h"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace postern::mta::queue {

class ContentFiles;
class SpoolDatabase;

struct SpoolOptions {
  std::string directory;  // Made if it is not there.
  // CanAccept() wants the larger of these two free: queue.queue_minfree, and
  // 1.5 times message_size_limit.
  int64_t queue_minfree_bytes = 64 << 20;
  int64_t message_size_limit_bytes = 50 << 20;
  // The file system; a test may put its own here. Null: the machine's.
  rocksdb::Env* env = nullptr;
};

class Spool {
 public:
  // Opens or makes the spool, and deletes content that was never committed. A
  // spool of an earlier format becomes one of ours.
  // FailedPrecondition: another program has the directory open. `clock` and
  // `registry` must outlive it.
  static absl::StatusOr<std::unique_ptr<Spool>> Open(
      const SpoolOptions& options, const Clock& clock,
      metrics::Registry& registry);
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  // Every Incoming and every task must be gone.
  ~Spool();

  // Bytes that name this spool among all others, for ever.
  static constexpr size_t kNameBytes = 16;
  const std::string& name() const { return name_; }

  // OK while changes are taken; for /readyz.
  absl::Status ok() const { return committer_->ok(); }

  // Tells whether a message of `size_bytes` (0: unknown) may come: at MAIL.
  absl::Status CanAccept(int64_t size_bytes) const;

  // Names a message. Nothing is written yet; the spool must outlive it.
  std::unique_ptr<Incoming> Begin();
  // The same for mail that has a name from elsewhere, which no message may have
  // here.
  std::unique_ptr<Incoming> BeginAs(QueueId id);
  // Returns a name that no message has, has had or will have here.
  QueueId NewId();

  // A message that has become durable, with its content if that is one
  // chunk.
  using Committed = NewMessage;
  // Called on the committer's thread for every new message, before its Commit()
  // returns. Set it before the first Begin(); null ends it.
  void OnCommitted(std::function<void(Committed)> call);

  // Makes all changes of `edit` durable, together or not at all, however long
  // the disk takes.
  net::Task<absl::Status> Apply(Edit edit);
  // The same for threads that may block.
  absl::Status ApplyBlocking(Edit edit);

  absl::StatusOr<spool::v1::Envelope> ReadEnvelope(QueueId id) const;
  // Returns the content of a message that is in the spool.
  std::unique_ptr<Content> OpenContent(
      QueueId id, const spool::v1::Envelope& envelope) const;
  // Calls `visit` for every message, the oldest first. Damaged envelopes are
  // set aside. For the start.
  absl::Status ForEach(
      const std::function<void(QueueId, const spool::v1::Envelope&)>& visit);

  // Takes a message that cannot be read out of the queue but keeps all that is
  // left of it. Blocking.
  absl::Status SetAside(QueueId id, absl::string_view why);
  // What has been set aside, and why.
  std::map<QueueId, std::string> Damaged() const;
  // Deletes what was set aside of `id`. Blocking.
  absl::Status DeleteDamaged(QueueId id);

  // Gives room of deleted mail back to the disk when there is much of it:
  // `live_bytes` is the size of all queued mail, of which the database has only
  // the small ones. Blocking; call it at times.
  void Reclaim(int64_t live_bytes);

 private:
  friend class Incoming;
  static constexpr int kSpareChunks = 1024;

  Spool(const SpoolOptions& options, const Clock& clock,
        std::unique_ptr<SpoolDatabase> database,
        std::unique_ptr<ContentFiles> files, metrics::Registry& registry);
  absl::Status Recover();
  absl::Status FollowIds(const std::vector<QueueId>& with_files);
  // Refuses a spool that a later program wrote; makes another one ours.
  absl::Status TakeUpFormat();
  // What format 1 had of messages that were never committed.
  absl::Status DeleteUncommittedChunks();
  absl::Status DeleteFilesWithoutEnvelope(const std::vector<QueueId>& ids);
  absl::StatusOr<bool> IsKnown(QueueId id) const;
  // Adds the deletion of all chunks of `id` to `edit`.
  absl::Status DeleteChunks(QueueId id, Edit& edit) const;
  void DeleteFiles(const std::vector<QueueId>& ids);
  // One more chunk for an Incoming, which returns it at its end.
  bool TakeSpareChunk();
  absl::Status LoadDamaged();

  const SpoolOptions options_;
  const Clock& clock_;
  const std::unique_ptr<SpoolDatabase> database_;
  const std::unique_ptr<ContentFiles> files_;
  std::string name_;
  std::atomic<uint64_t> last_id_ = 0;
  std::atomic<int> spare_chunks_ = kSpareChunks;
  metrics::Gauge& damaged_gauge_;
  mutable absl::Mutex mutex_;
  std::map<QueueId, std::string> damaged_ ABSL_GUARDED_BY(mutex_);
  // The last member: its thread ends before the rest.
  std::unique_ptr<Committer> committer_;
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_SPOOL_H_
