#include "lib/kv/store.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/kv/database.h"
#include "lib/kv/inside_rocksdb.h"
#include "lib/kv/rocksdb_status.h"
#include "lib/kv/stored_value.h"
#include "lib/kv/stripes.h"
#include "lib/kv/syncer.h"
#include "lib/kv/tuning.h"
#include "rocksdb/db.h"

namespace postern::kv {
namespace {

constexpr size_t kMaxUpdateKeys = 16;

rocksdb::Slice ToSlice(absl::string_view text) {
  return rocksdb::Slice(text.data(), text.size());
}

absl::string_view ToView(const rocksdb::Slice& slice) {
  return absl::string_view(slice.data(), slice.size());
}

// Returns the first key behind all that start with `prefix`; empty: there is
// none.
std::string EndOf(absl::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) {
    end.pop_back();
  }
  if (!end.empty()) ++end.back();
  return end;
}

// What one thread needs for an Update, kept from one to the next.
struct Workspace {
  std::array<rocksdb::PinnableSlice, kMaxUpdateKeys> slices;
  std::array<std::optional<Entry>, kMaxUpdateKeys> entries;
  Batch batch;

  // Lets go of the database's blocks.
  void Release() {
    for (rocksdb::PinnableSlice& slice : slices) slice.Reset();
    batch.Clear();
  }
};

Workspace& ThreadWorkspace() {
  thread_local Workspace workspace;
  return workspace;
}

}  // namespace

class Store::Engine {
 public:
  static absl::StatusOr<std::unique_ptr<Engine>> Open(Options options,
                                                      const Clock& clock);
  Engine(Options options, const Clock& clock, Tuning tuning,
         std::unique_ptr<Database> database)
      : options_(std::move(options)),
        clock_(clock),
        cache_(std::move(tuning.cache)),
        database_(std::move(database)),
        syncer_(*database_, std::move(tuning.errors), options_.sync_interval) {}

  // Reads `key` into `slice` and returns what it holds of it.
  absl::StatusOr<std::optional<Entry>> Read(
      const Database::Use& db, absl::string_view key, int64_t now_millis,
      rocksdb::PinnableSlice& slice) const;
  absl::Status ReadAll(const Database::Use& db,
                       absl::Span<const absl::string_view> keys,
                       Workspace& workspace) const;

  // The stripes of the batch must be locked.
  absl::Status Write(const Database::Use& db, Batch& batch);

  absl::Status Unreadable(absl::string_view key) const;

  const Options options_;
  const Clock& clock_;
  const std::shared_ptr<rocksdb::Cache> cache_;
  const rocksdb::ReadOptions read_options_;
  const rocksdb::WriteOptions write_options_;
  mutable Stripes stripes_;
  const std::unique_ptr<Database> database_;
  Syncer syncer_;
};

absl::StatusOr<std::unique_ptr<Store::Engine>> Store::Engine::Open(
    Options options, const Clock& clock) {
  RETURN_IF_ERROR(MakeDirectories(options.directory, 0700));
  Tuning tuning = TuningFor(options, clock);
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                   Database::Open(tuning.options, options.directory));
  return std::make_unique<Engine>(std::move(options), clock, std::move(tuning),
                                  std::move(database));
}

absl::Status Store::Engine::Unreadable(absl::string_view key) const {
  return absl::DataLossError(
      absl::StrCat(options_.directory, ": a value of ", key.size(),
                   "-byte key is in no format known here"));
}

absl::StatusOr<std::optional<Entry>> Store::Engine::Read(
    const Database::Use& db, absl::string_view key, int64_t now_millis,
    rocksdb::PinnableSlice& slice) const {
  if (!db) return database_->Closed();
  rocksdb::Status status;
  {
    const InsideRocksdb inside;
    status =
        db->Get(read_options_, db->DefaultColumnFamily(), ToSlice(key), &slice);
  }
  if (status.IsNotFound()) return std::optional<Entry>();
  if (!status.ok()) return ToStatus(status, options_.directory);
  const std::optional<StoredValue> stored = DecodeValue(ToView(slice));
  if (!stored.has_value()) return Unreadable(key);
  if (stored->HasExpired(now_millis)) return std::optional<Entry>();
  return std::optional<Entry>(
      Entry{stored->value, FromMillis(stored->expires_millis)});
}

absl::Status Store::Engine::ReadAll(const Database::Use& db,
                                    absl::Span<const absl::string_view> keys,
                                    Workspace& workspace) const {
  const int64_t now_millis = ToMillis(clock_.Now());
  for (size_t i = 0; i < keys.size(); ++i) {
    ASSIGN_OR_RETURN(workspace.entries[i],
                     Read(db, keys[i], now_millis, workspace.slices[i]));
  }
  return absl::OkStatus();
}

absl::Status Store::Engine::Write(const Database::Use& db, Batch& batch) {
  if (!db) return database_->Closed();
  RETURN_IF_ERROR(batch.status());
  if (batch.empty()) return absl::OkStatus();
  rocksdb::Status status;
  {
    const InsideRocksdb inside;
    status = db->Write(write_options_, &batch.changes());
  }
  if (!status.ok()) {
    return syncer_.NoteFailure(ToStatus(status, options_.directory));
  }
  syncer_.NoteWrite();
  return absl::OkStatus();
}

Store::Store(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
Store::~Store() = default;

absl::StatusOr<std::unique_ptr<Store>> Store::Open(Options options,
                                                   const Clock& clock) {
  ASSIGN_OR_RETURN(std::unique_ptr<Engine> engine,
                   Engine::Open(std::move(options), clock));
  return std::unique_ptr<Store>(new Store(std::move(engine)));
}

absl::StatusOr<std::optional<std::string>> Store::Get(
    absl::string_view key) const {
  RETURN_IF_ERROR(CheckKey(key));
  const Database::Use db(*engine_->database_);
  rocksdb::PinnableSlice slice;
  ASSIGN_OR_RETURN(
      const std::optional<Entry> entry,
      engine_->Read(db, key, ToMillis(engine_->clock_.Now()), slice));
  if (!entry.has_value()) return std::optional<std::string>();
  return std::optional<std::string>(std::string(entry->value));
}

absl::Status Store::Put(absl::string_view key, absl::string_view value,
                        absl::Time expires) {
  Batch batch;
  batch.Put(key, value, expires);
  return Write(std::move(batch));
}

absl::Status Store::Delete(absl::string_view key) {
  Batch batch;
  batch.Delete(key);
  return Write(std::move(batch));
}

absl::Status Store::Write(Batch batch) {
  const StripeLock lock(engine_->stripes_, batch.stripes());
  const Database::Use db(*engine_->database_);
  return engine_->Write(db, batch);
}

absl::Status Store::Update(
    absl::Span<const absl::string_view> keys,
    absl::FunctionRef<void(Found found, Batch& batch)> change) {
  if (keys.size() > kMaxUpdateKeys) {
    return absl::InvalidArgumentError(
        absl::StrCat("an update of ", keys.size(), " keys"));
  }
  StripeSet stripes = 0;
  for (const absl::string_view key : keys) {
    RETURN_IF_ERROR(CheckKey(key));
    stripes |= StripeOf(key);
  }
  Workspace& workspace = ThreadWorkspace();
  absl::Status status;
  {
    const StripeLock lock(engine_->stripes_, stripes);
    const Database::Use db(*engine_->database_);
    status = engine_->ReadAll(db, keys, workspace);
    if (status.ok()) {
      change(Found(workspace.entries.data(), keys.size()), workspace.batch);
      status = (workspace.batch.stripes() & ~stripes) != 0
                   ? absl::InvalidArgumentError(
                         "an update writes keys that it did not name")
                   : engine_->Write(db, workspace.batch);
    }
    workspace.Release();
  }
  return status;
}

absl::Status Store::ForEach(
    absl::string_view prefix,
    absl::FunctionRef<bool(absl::string_view key, const Entry& entry)> visit,
    absl::string_view after) const {
  const std::string end = EndOf(prefix);
  const rocksdb::Slice end_slice(end);
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.total_order_seek = true;
  if (!end.empty()) options.iterate_upper_bound = &end_slice;
  const int64_t now_millis = ToMillis(engine_->clock_.Now());
  const Database::Use db(*engine_->database_);
  if (!db) return engine_->database_->Closed();
  const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator(options));
  at->Seek(ToSlice(std::max(prefix, after)));
  for (; at->Valid(); at->Next()) {
    const absl::string_view key = ToView(at->key());
    if (!after.empty() && key == after) continue;
    const std::optional<StoredValue> stored = DecodeValue(ToView(at->value()));
    if (!stored.has_value()) return engine_->Unreadable(key);
    if (stored->HasExpired(now_millis)) continue;
    const Entry entry{stored->value, FromMillis(stored->expires_millis)};
    if (!visit(key, entry)) return absl::OkStatus();
  }
  return ToStatus(at->status(), engine_->options_.directory);
}

absl::Status Store::Sync() { return engine_->syncer_.Sync(); }

absl::Status Store::Healthy() const { return engine_->syncer_.Healthy(); }

Usage Store::usage() const {
  const Database::Use db(*engine_->database_);
  const auto read = [&db](const std::string& property) {
    uint64_t value = 0;
    return db && db->GetIntProperty(property, &value) ? value : 0;
  };
  Usage usage;
  usage.entries = read(rocksdb::DB::Properties::kEstimateNumKeys);
  // The log holds what the memtables hold.
  usage.disk_bytes = read(rocksdb::DB::Properties::kTotalSstFilesSize) +
                     read(rocksdb::DB::Properties::kCurSizeAllMemTables);
  usage.memory_bytes = engine_->cache_->GetUsage();
  usage.write_failures = engine_->syncer_.write_failures();
  usage.sync_failures = engine_->syncer_.sync_failures();
  return usage;
}

}  // namespace postern::kv
