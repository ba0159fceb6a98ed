#include "mta/queue/spool.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "lib/base/log.h"
#include "lib/base/printable.h"
#include "lib/base/random.h"
#include "lib/base/status_macros.h"
#include "lib/net/runtime.h"
#include "mta/queue/envelope.h"
#include "mta/queue/spool_database.h"
#include "mta/queue/spool_format.h"
#include "mta/queue/stored_content.h"
#include "rocksdb/file_system.h"
#include "rocksdb/write_batch.h"

namespace postern::mta::queue {
namespace {

constexpr absl::string_view kFormat = "1";
// Dead bytes on disk that are not worth a compaction.
constexpr int64_t kSlackBytes = 256 << 20;

// Calls `visit(key, value)` for every entry whose key starts with `prefix`.
template <typename Visit>
absl::Status ForEachEntry(rocksdb::DB& db, absl::string_view prefix,
                          const Visit& visit) {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> entry(db.NewIterator(options));
  for (entry->Seek(AsSlice(prefix));
       entry->Valid() && entry->key().starts_with(AsSlice(prefix));
       entry->Next()) {
    visit(AsView(entry->key()), AsView(entry->value()));
  }
  return FromRocksDb("reading the spool", entry->status());
}

std::string TablePrefix(Table table) {
  return std::string(1, static_cast<char>(table));
}

// Returns the largest id in `table`, 0 if it is empty.
uint64_t LargestId(rocksdb::DB& db, Table table) {
  const std::string end(1, static_cast<char>(static_cast<char>(table) + 1));
  const std::unique_ptr<rocksdb::Iterator> entry(
      db.NewIterator(rocksdb::ReadOptions()));
  entry->SeekForPrev(end);
  if (!entry->Valid()) return 0;
  const std::optional<QueueId> id = IdInKey(table, AsView(entry->key()));
  return id ? id->number : 0;
}

// Refuses a spool that a later program wrote; marks a new one as ours.
absl::Status CheckFormat(rocksdb::DB& db) {
  const std::string key = TablePrefix(Table::kVersion);
  std::string format;
  const rocksdb::Status status =
      db.Get(rocksdb::ReadOptions(), AsSlice(key), &format);
  if (status.IsNotFound()) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    return FromRocksDb("marking the spool",
                       db.Put(synced, AsSlice(key), AsSlice(kFormat)));
  }
  if (status.ok() && format != kFormat) {
    return absl::FailedPreconditionError(
        absl::StrCat("the spool has format ", Printable(format),
                     ", which this program does not know"));
  }
  return FromRocksDb("reading the spool", status);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Spool>> Spool::Open(
    const SpoolOptions& options, const Clock& clock,
    metrics::Registry& registry) {
  ASSIGN_OR_RETURN(std::unique_ptr<rocksdb::DB> db,
                   OpenDatabase(options.directory, options.env));
  auto spool = std::unique_ptr<Spool>(
      new Spool(options, clock, std::move(db), registry));
  RETURN_IF_ERROR(spool->Recover());
  return spool;
}

Spool::Spool(const SpoolOptions& options, const Clock& clock,
             std::unique_ptr<rocksdb::DB> db, metrics::Registry& registry)
    : options_(options),
      clock_(clock),
      db_(std::move(db)),
      damaged_gauge_(registry.AddGauge(
          "postern_mta_queue_damaged",
          "Messages that cannot be read and were set aside.")),
      committer_(std::make_unique<Committer>(*db_, registry)) {}

Spool::~Spool() = default;

absl::Status Spool::Recover() {
  RETURN_IF_ERROR(CheckFormat(*db_));
  for (const Table table :
       {Table::kEnvelope, Table::kDamaged, Table::kUncommitted}) {
    last_id_ = std::max<uint64_t>(last_id_, LargestId(*db_, table));
  }
  RETURN_IF_ERROR(DeleteUncommitted());
  return LoadDamaged();
}

absl::Status Spool::DeleteUncommitted() {
  std::vector<QueueId> ids;
  RETURN_IF_ERROR(
      ForEachEntry(*db_, TablePrefix(Table::kUncommitted),
                   [&ids](absl::string_view key, absl::string_view) {
                     const auto id = IdInKey(Table::kUncommitted, key);
                     if (id) ids.push_back(*id);
                   }));
  for (const QueueId id : ids) {
    Edit edit;
    RETURN_IF_ERROR(DeleteChunks(id, edit));
    edit.SingleDelete(SpoolKey(Table::kUncommitted, id));
    RETURN_IF_ERROR(committer_->CommitBlocking(std::move(edit)));
  }
  if (!ids.empty()) {
    log::Info("uncommitted_deleted", {{"count", ids.size()}});
  }
  return absl::OkStatus();
}

absl::Status Spool::DeleteChunks(QueueId id, Edit& edit) const {
  return ForEachEntry(*db_, SpoolKey(Table::kChunk, id),
                      [&edit](absl::string_view key, absl::string_view) {
                        edit.SingleDelete(std::string(key));
                      });
}

absl::Status Spool::CanAccept(int64_t size_bytes) const {
  RETURN_IF_ERROR(ok());
  uint64_t free_bytes = 0;
  const rocksdb::IOStatus status = db_->GetFileSystem()->GetFreeSpace(
      options_.directory, rocksdb::IOOptions(), &free_bytes, nullptr);
  if (!status.ok()) return FromRocksDb(options_.directory, status);
  const int64_t limit = options_.message_size_limit_bytes;
  const int64_t wanted =
      std::max({options_.queue_minfree_bytes, limit + limit / 2, size_bytes});
  if (free_bytes < static_cast<uint64_t>(wanted)) {
    return absl::ResourceExhaustedError("insufficient system storage");
  }
  return absl::OkStatus();
}

std::unique_ptr<Incoming> Spool::Begin() {
  return std::unique_ptr<Incoming>(new Incoming(*this, NewId()));
}

QueueId Spool::NewId() {
  const uint64_t wish = QueueId::At(clock_.Now(), Random64()).number;
  uint64_t last = last_id_.load();
  uint64_t next;
  do {
    next = std::max(wish, last + 1);  // Whatever the clock says.
  } while (!last_id_.compare_exchange_weak(last, next));
  return QueueId{next};
}

void Spool::OnCommitted(std::function<void(Committed)> call) {
  committer_->OnAdded(std::move(call));
}

net::Task<absl::Status> Spool::Apply(Edit edit) {
  return committer_->Commit(std::move(edit), absl::InfiniteDuration());
}

absl::Status Spool::ApplyBlocking(Edit edit) {
  return committer_->CommitBlocking(std::move(edit));
}

absl::StatusOr<spool::v1::Envelope> Spool::ReadEnvelope(QueueId id) const {
  std::string value;
  const rocksdb::Status status = db_->Get(
      rocksdb::ReadOptions(), AsSlice(SpoolKey(Table::kEnvelope, id)), &value);
  if (!status.ok()) return FromRocksDb(id.ToString(), status);
  return ParseEnvelope(id, value);
}

std::unique_ptr<Content> Spool::OpenContent(
    QueueId id, const spool::v1::Envelope& envelope) const {
  return std::make_unique<StoredContent>(*db_, id, envelope);
}

absl::Status Spool::ForEach(
    const std::function<void(QueueId, const spool::v1::Envelope&)>& visit) {
  std::vector<std::pair<QueueId, std::string>> damaged;
  RETURN_IF_ERROR(ForEachEntry(
      *db_, TablePrefix(Table::kEnvelope),
      [&](absl::string_view key, absl::string_view value) {
        const std::optional<QueueId> id = IdInKey(Table::kEnvelope, key);
        if (!id) return;
        const auto envelope = ParseEnvelope(*id, value);
        if (envelope.ok()) {
          visit(*id, *envelope);
        } else {
          damaged.emplace_back(*id, std::string(envelope.status().message()));
        }
      }));
  for (const auto& [id, why] : damaged) RETURN_IF_ERROR(SetAside(id, why));
  return absl::OkStatus();
}

void Spool::Reclaim(int64_t live_bytes) {
  uint64_t stored_bytes = 0;
  db_->GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize,
                      &stored_bytes);
  if (static_cast<int64_t>(stored_bytes) < 2 * live_bytes + kSlackBytes) return;
  rocksdb::Status status = db_->Flush(rocksdb::FlushOptions());
  if (status.ok()) {
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    status = db_->CompactRange(options, nullptr, nullptr);
  }
  if (!status.ok()) {
    log::Warning("reclaim_failed", {{"error", status.ToString()}});
  }
}

absl::Status Spool::SetAside(QueueId id, absl::string_view why) {
  const std::string key = SpoolKey(Table::kEnvelope, id);
  DamagedEntry entry{.why = Printable(why), .value = {}};
  RETURN_IF_ERROR(FromRocksDb(
      id.ToString(),
      db_->Get(rocksdb::ReadOptions(), AsSlice(key), &entry.value)));
  const std::string kept = SpoolKey(Table::kDamaged, id);
  Edit edit;
  edit.Put(kept, SealRecord(kept, DamagedPayload(entry)));
  edit.Delete(key);
  RETURN_IF_ERROR(committer_->CommitBlocking(std::move(edit)));
  log::Error("damaged_set_aside",
             {{"queue_id", id.ToString()}, {"why", entry.why}});
  absl::MutexLock lock(&mutex_);
  damaged_[id] = entry.why;
  damaged_gauge_.Set(static_cast<double>(damaged_.size()));
  return absl::OkStatus();
}

absl::Status Spool::LoadDamaged() {
  absl::MutexLock lock(&mutex_);
  const absl::Status status = ForEachEntry(
      *db_, TablePrefix(Table::kDamaged),
      [this](absl::string_view key, absl::string_view value) {
        mutex_.AssertHeld();
        const std::optional<QueueId> id = IdInKey(Table::kDamaged, key);
        if (!id) return;
        const auto payload = OpenRecord(key, value);
        const auto entry = payload.ok() ? ParseDamaged(*payload)
                                        : DamagedEntry{"unreadable", ""};
        damaged_[*id] = entry.ok() ? entry->why : "unreadable";
      });
  damaged_gauge_.Set(static_cast<double>(damaged_.size()));
  return status;
}

std::map<QueueId, std::string> Spool::Damaged() const {
  absl::MutexLock lock(&mutex_);
  return damaged_;
}

absl::Status Spool::DeleteDamaged(QueueId id) {
  Edit edit;
  edit.Delete(SpoolKey(Table::kDamaged, id));
  RETURN_IF_ERROR(DeleteChunks(id, edit));
  RETURN_IF_ERROR(committer_->CommitBlocking(std::move(edit)));
  absl::MutexLock lock(&mutex_);
  damaged_.erase(id);
  damaged_gauge_.Set(static_cast<double>(damaged_.size()));
  return absl::OkStatus();
}

absl::Status Spool::WriteChunk(QueueId id, uint32_t index,
                               const std::string& content) {
  RETURN_IF_ERROR(ok());
  rocksdb::WriteBatch batch;
  const std::string key = ChunkKey(id, index);
  batch.Put(AsSlice(key), AsSlice(SealRecord(key, content)));
  if (index == 0) batch.Put(AsSlice(SpoolKey(Table::kUncommitted, id)), "");
  const rocksdb::Status status = db_->Write(rocksdb::WriteOptions(), &batch);
  return status.ok() ? absl::OkStatus() : committer_->ReportWriteError(status);
}

}  // namespace postern::mta::queue
