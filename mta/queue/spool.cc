#include "mta/queue/spool.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "lib/base/log.h"
#include "lib/base/printable.h"
#include "lib/base/random.h"
#include "lib/base/status_macros.h"
#include "lib/net/runtime.h"
#include "mta/queue/content_files.h"
#include "mta/queue/envelope.h"
#include "mta/queue/spool_database.h"
#include "mta/queue/spool_format.h"
#include "mta/queue/stored_content.h"
#include "rocksdb/write_batch.h"

namespace postern::mta::queue {
namespace {

constexpr absl::string_view kFormat = "3";
// 1 had large contents in chunks, and an entry for those not yet committed; 2
// had every content in the file from its beginning to its end.
constexpr absl::string_view kFormatsBefore[] = {"1", "2"};
// Dead bytes on disk that are not worth a compaction.
constexpr int64_t kSlackBytes = 256 << 20;

std::string TablePrefix(Table table) {
  return std::string(1, static_cast<char>(table));
}

// Returns the name that the spool got when it was opened first. Where there is
// none to be read or written a name of today must do.
std::string NameOf(SpoolDatabase& database) {
  const std::string key = TablePrefix(Table::kName);
  const absl::StatusOr<std::string> record = database.Get(key);
  if (record.ok()) {
    const auto name = OpenRecord(key, *record);
    if (name.ok()) return std::string(*name);
  }
  const std::string name = RandomBytes(Spool::kNameBytes);
  rocksdb::WriteBatch batch;
  batch.Put(AsSlice(key), AsSlice(SealRecord(key, name)));
  absl::Status status = database.Write(batch);
  if (status.ok()) status = database.SyncLog();
  if (!status.ok()) log::Warning("spool_not_named", {{"error", status}});
  return name;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Spool>> Spool::Open(
    const SpoolOptions& options, const Clock& clock,
    metrics::Registry& registry) {
  ASSIGN_OR_RETURN(std::unique_ptr<SpoolDatabase> database,
                   SpoolDatabase::Open(options.directory, options.env));
  ASSIGN_OR_RETURN(std::unique_ptr<ContentFiles> files,
                   ContentFiles::Open(options.directory, options.env));
  auto spool = std::unique_ptr<Spool>(new Spool(
      options, clock, std::move(database), std::move(files), registry));
  RETURN_IF_ERROR(spool->Recover());
  return spool;
}

Spool::Spool(const SpoolOptions& options, const Clock& clock,
             std::unique_ptr<SpoolDatabase> database,
             std::unique_ptr<ContentFiles> files, metrics::Registry& registry)
    : options_(options),
      clock_(clock),
      database_(std::move(database)),
      files_(std::move(files)),
      damaged_gauge_(registry.AddGauge(
          "postern_mta_queue_damaged",
          "Messages that cannot be read and were set aside.")),
      committer_(std::make_unique<Committer>(*database_, registry)) {}

Spool::~Spool() = default;

absl::Status Spool::Recover() {
  RETURN_IF_ERROR(TakeUpFormat());
  name_ = NameOf(*database_);
  ASSIGN_OR_RETURN(const std::vector<QueueId> with_files, files_->Ids());
  RETURN_IF_ERROR(FollowIds(with_files));
  RETURN_IF_ERROR(DeleteFilesWithoutEnvelope(with_files));
  return LoadDamaged();
}

absl::Status Spool::FollowIds(const std::vector<QueueId>& with_files) {
  for (const Table table : {Table::kEnvelope, Table::kDamaged}) {
    ASSIGN_OR_RETURN(const std::string key,
                     database_->LastKey(static_cast<char>(table)));
    const std::optional<QueueId> id = IdInKey(table, key);
    if (id) last_id_ = std::max<uint64_t>(last_id_, id->number);
  }
  for (const QueueId id : with_files) {
    last_id_ = std::max<uint64_t>(last_id_, id.number);
  }
  return absl::OkStatus();
}

absl::Status Spool::TakeUpFormat() {
  const std::string key = TablePrefix(Table::kVersion);
  const absl::StatusOr<std::string> format = database_->Get(key);
  if (!format.ok() && !absl::IsNotFound(format.status())) {
    return format.status();
  }
  if (format.ok() && *format == kFormat) return absl::OkStatus();
  if (format.ok() && !absl::c_linear_search(kFormatsBefore, *format)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the spool has format ", Printable(*format),
                     ", which this program does not know"));
  }
  RETURN_IF_ERROR(DeleteUncommittedChunks());
  rocksdb::WriteBatch batch;
  batch.Put(key, AsSlice(kFormat));
  RETURN_IF_ERROR(database_->Write(batch));
  return database_->SyncLog();
}

absl::Status Spool::DeleteUncommittedChunks() {
  std::vector<QueueId> ids;
  RETURN_IF_ERROR(
      database_->ForEach(TablePrefix(Table::kUncommitted),
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
  return absl::OkStatus();
}

absl::StatusOr<bool> Spool::IsKnown(QueueId id) const {
  for (const Table table : {Table::kEnvelope, Table::kDamaged}) {
    const absl::Status found = database_->Get(SpoolKey(table, id)).status();
    if (found.ok()) return true;
    if (!absl::IsNotFound(found)) return found;
  }
  return false;
}

absl::Status Spool::DeleteFilesWithoutEnvelope(
    const std::vector<QueueId>& ids) {
  size_t count = 0;
  for (const QueueId id : ids) {
    ASSIGN_OR_RETURN(const bool is_known, IsKnown(id));
    if (is_known) continue;
    // Perhaps its envelope stood behind the damage.
    if (database_->lost_some_log()) {
      RETURN_IF_ERROR(files_->Keep(id, database_->KeptLogs()));
    } else {
      files_->DeleteLater(id);
    }
    ++count;
  }
  if (count > 0) {
    log::Info(database_->lost_some_log() ? "contents_without_envelope_kept"
                                         : "uncommitted_deleted",
              {{"count", count}});
  }
  return absl::OkStatus();
}

absl::Status Spool::DeleteChunks(QueueId id, Edit& edit) const {
  return database_->ForEach(SpoolKey(Table::kChunk, id),
                            [&edit](absl::string_view key, absl::string_view) {
                              edit.SingleDelete(std::string(key));
                            });
}

absl::Status Spool::CanAccept(int64_t size_bytes) const {
  RETURN_IF_ERROR(ok());
  ASSIGN_OR_RETURN(const int64_t free_bytes, database_->FreeBytes());
  const int64_t limit = options_.message_size_limit_bytes;
  const int64_t wanted =
      std::max({options_.queue_minfree_bytes, limit + limit / 2, size_bytes});
  if (free_bytes < wanted) {
    return absl::ResourceExhaustedError("insufficient system storage");
  }
  return absl::OkStatus();
}

std::unique_ptr<Incoming> Spool::Begin() {
  return std::unique_ptr<Incoming>(new Incoming(*this, NewId()));
}

std::unique_ptr<Incoming> Spool::BeginAs(QueueId id) {
  uint64_t last = last_id_.load();
  while (last < id.number && !last_id_.compare_exchange_weak(last, id.number)) {
  }
  return std::unique_ptr<Incoming>(new Incoming(*this, id));
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
  const std::vector<QueueId> unused = std::move(edit.unused_files_);
  const absl::Status status =
      co_await committer_->Commit(std::move(edit), absl::InfiniteDuration());
  if (status.ok()) DeleteFiles(unused);
  co_return status;
}

absl::Status Spool::ApplyBlocking(Edit edit) {
  const std::vector<QueueId> unused = std::move(edit.unused_files_);
  const absl::Status status = committer_->CommitBlocking(std::move(edit));
  if (status.ok()) DeleteFiles(unused);
  return status;
}

bool Spool::TakeSpareChunk() {
  if (spare_chunks_.fetch_sub(1) > 0) return true;
  ++spare_chunks_;
  return false;
}

void Spool::DeleteFiles(const std::vector<QueueId>& ids) {
  for (const QueueId id : ids) files_->DeleteLater(id);
}

absl::StatusOr<spool::v1::Envelope> Spool::ReadEnvelope(QueueId id) const {
  ASSIGN_OR_RETURN(const std::string value,
                   database_->Get(SpoolKey(Table::kEnvelope, id)));
  return ParseEnvelope(id, value);
}

std::unique_ptr<Content> Spool::OpenContent(
    QueueId id, const spool::v1::Envelope& envelope) const {
  if (envelope.has_content_file()) {
    return std::make_unique<FileContent>(*files_, id, envelope);
  }
  return std::make_unique<StoredContent>(*database_, id, envelope);
}

absl::Status Spool::ForEach(
    const std::function<void(QueueId, const spool::v1::Envelope&)>& visit) {
  std::vector<std::pair<QueueId, std::string>> damaged;
  RETURN_IF_ERROR(database_->ForEach(
      TablePrefix(Table::kEnvelope),
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
  if (database_->StoredBytes() < 2 * live_bytes + kSlackBytes) return;
  const absl::Status status = database_->Compact();
  if (!status.ok()) log::Warning("reclaim_failed", {{"error", status}});
}

absl::Status Spool::SetAside(QueueId id, absl::string_view why) {
  const std::string key = SpoolKey(Table::kEnvelope, id);
  DamagedEntry entry{.why = Printable(why), .value = {}};
  ASSIGN_OR_RETURN(entry.value, database_->Get(key));
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
  const absl::Status status = database_->ForEach(
      TablePrefix(Table::kDamaged),
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
  files_->DeleteLater(id);
  absl::MutexLock lock(&mutex_);
  damaged_.erase(id);
  damaged_gauge_.Set(static_cast<double>(damaged_.size()));
  return absl::OkStatus();
}

}  // namespace postern::mta::queue
