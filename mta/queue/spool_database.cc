#include "mta/queue/spool_database.h"

#include <algorithm>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/kv/inside_rocksdb.h"
#include "lib/kv/log_sync.h"
#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "rocksdb/listener.h"
#include "rocksdb/options.h"
#include "rocksdb/table.h"

namespace postern::mta::queue {
namespace {

// Of damaged logs, and of contents without an envelope before the latest
// damage.
constexpr size_t kMostKeptLogs = 16;
constexpr size_t kMostKeptContents = 1000;

constexpr size_t kMemtableBytes = 12 << 20;
constexpr int kMemtables = 3;
constexpr size_t kBlockCacheBytes = 8 << 20;
// Opening replays the log into tables and makes a new log.
constexpr int64_t kReopenBytes = 4 * kMemtableBytes;

// Hands RocksDB's warnings to our log. Those of an opening are held back: when
// it fails, Open() says why, and once is enough.
class DatabaseLog final : public rocksdb::Logger {
 public:
  DatabaseLog() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

  // The database is open: says what was held back.
  void SetOpen() {
    absl::MutexLock lock(&mutex_);
    is_open_ = true;
    for (const std::string& line : held_) Say(line);
    held_.clear();
  }

  using Logger::Logv;
  void Logv(const rocksdb::InfoLogLevel level, const char* format,
            va_list arguments) override {
    if (level < rocksdb::InfoLogLevel::WARN_LEVEL ||
        level > rocksdb::InfoLogLevel::FATAL_LEVEL) {
      return;
    }
    char text[1024];
    std::vsnprintf(text, sizeof(text), format, arguments);
    absl::MutexLock lock(&mutex_);
    if (is_open_) {
      Say(text);
    } else if (held_.size() < kMaxHeld) {
      held_.emplace_back(text);
    }
  }

 private:
  static constexpr size_t kMaxHeld = 100;

  static void Say(absl::string_view text) {
    log::Warning("spool_database",
                 {{"text", absl::StripAsciiWhitespace(text)}});
  }

  absl::Mutex mutex_;
  bool is_open_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::string> held_ ABSL_GUARDED_BY(mutex_);
};

// Leaves it to the committer when to write again after the disk was full.
class NoSelfRecovery final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

rocksdb::Options DatabaseOptions(rocksdb::Env* env) {
  rocksdb::Options options;
  if (env != nullptr) options.env = env;
  options.create_if_missing = true;
  options.listeners.push_back(std::make_shared<NoSelfRecovery>());
  options.write_buffer_size = kMemtableBytes;
  options.max_write_buffer_number = kMemtables;
  options.max_background_jobs = 2;
  options.max_open_files = 500;
  options.compression = rocksdb::kNoCompression;
  options.bytes_per_sync = 1 << 20;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  // A crash may leave half of an unsynced write at the end of the log; what was
  // synced is before it. Damage anywhere else: see OpenHandle().
  options.wal_recovery_mode =
      rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  table.cache_index_and_filter_blocks = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

absl::Status FromRocksDb(absl::string_view what,
                         const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = absl::StrCat(what, ": ", status.ToString());
  if (status.IsNotFound()) return absl::NotFoundError(text);
  if (status.IsCorruption()) return absl::DataLossError(text);
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(text);
  return absl::UnavailableError(text);
}

absl::string_view AsView(const rocksdb::Slice& slice) {
  return absl::string_view(slice.data(), slice.size());
}

}  // namespace

absl::StatusOr<std::unique_ptr<SpoolDatabase>> SpoolDatabase::Open(
    const std::string& directory, rocksdb::Env* env) {
  RETURN_IF_ERROR(MakeDirectories(directory, 0700));
  auto database =
      std::unique_ptr<SpoolDatabase>(new SpoolDatabase(directory, env));
  absl::MutexLock lock(&database->mutex_);
  RETURN_IF_ERROR(database->OpenHandle());
  return database;
}

SpoolDatabase::SpoolDatabase(std::string directory, rocksdb::Env* env)
    : directory_(std::move(directory)),
      env_(env == nullptr ? rocksdb::Env::Default() : env) {}

SpoolDatabase::~SpoolDatabase() {
  const kv::InsideRocksdb inside;
  absl::MutexLock lock(&mutex_);
  db_.reset();
}

absl::Status SpoolDatabase::OpenHandle() {
  rocksdb::DB* db = nullptr;
  rocksdb::Options options = DatabaseOptions(env_);
  auto log = std::make_shared<DatabaseLog>();
  options.info_log = log;
  const kv::InsideRocksdb inside;
  rocksdb::Status status = rocksdb::DB::Open(options, directory_, &db);
  if (status.IsCorruption()) {
    // Perhaps only the log is damaged: what stands before the damage is good.
    // Opening deletes the log, so it is kept beside.
    RETURN_IF_ERROR(KeepLogs());
    const rocksdb::Status damage = status;
    log = std::make_shared<DatabaseLog>();
    options.info_log = log;
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    status = rocksdb::DB::Open(options, directory_, &db);
    if (status.ok()) {
      lost_some_log_ = true;
      log::Error("spool_log_damaged",
                 {{"error", damage.ToString()}, {"kept", KeptLogs()}});
    }
  }
  if (status.ok()) {
    log->SetOpen();
    db_.reset(db);
    return absl::OkStatus();
  }
  if (status.IsIOError() && absl::StrContains(status.ToString(), "/LOCK")) {
    return absl::FailedPreconditionError(
        absl::StrCat(directory_, ": another program uses this spool (",
                     status.ToString(), ")"));
  }
  return FromRocksDb(directory_, status);
}

std::string SpoolDatabase::KeptLogs() const {
  return absl::StrCat(directory_, "/damaged-logs");
}

absl::Status SpoolDatabase::KeepLogs() const {
  RETURN_IF_ERROR(MakeDirectories(KeptLogs(), 0700));
  std::vector<std::string> names;
  RETURN_IF_ERROR(
      FromRocksDb(directory_, env_->GetChildren(directory_, &names)));
  for (const std::string& name : names) {
    if (!absl::EndsWith(name, ".log")) continue;
    const std::string kept = absl::StrCat(KeptLogs(), "/", name);
    if (env_->FileExists(kept).ok()) continue;
    RETURN_IF_ERROR(FromRocksDb(
        kept, env_->LinkFile(absl::StrCat(directory_, "/", name), kept)));
  }
  RETURN_IF_ERROR(ForgetOldest(".log", kMostKeptLogs));
  return ForgetOldest(".content", kMostKeptContents);
}

// Many power cuts must not fill the disk.
absl::Status SpoolDatabase::ForgetOldest(absl::string_view ending,
                                         size_t most) const {
  std::vector<std::string> names;
  RETURN_IF_ERROR(
      FromRocksDb(KeptLogs(), env_->GetChildren(KeptLogs(), &names)));
  names.erase(std::remove_if(names.begin(), names.end(),
                             [ending](const std::string& name) {
                               return !absl::EndsWith(name, ending);
                             }),
              names.end());
  // Their numbers have zeros in front, and queue ids grow.
  std::sort(names.begin(), names.end(), std::greater<>());
  for (size_t i = most; i < names.size(); ++i) {
    const std::string path = absl::StrCat(KeptLogs(), "/", names[i]);
    RETURN_IF_ERROR(FromRocksDb(path, env_->DeleteFile(path)));
    log::Warning("spool_log_deleted", {{"path", path}});
  }
  return absl::OkStatus();
}

absl::Status SpoolDatabase::Reopen() {
  ASSIGN_OR_RETURN(const int64_t free_bytes, FreeBytes());
  if (free_bytes < kReopenBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(directory_, ": the disk is full"));
  }
  absl::MutexLock lock(&mutex_);
  const kv::InsideRocksdb inside;
  db_.reset();
  return OpenHandle();
}

template <typename Call>
absl::Status SpoolDatabase::With(absl::string_view what,
                                 const Call& call) const {
  absl::ReaderMutexLock lock(&mutex_);
  if (db_ == nullptr) {
    return absl::UnavailableError(
        absl::StrCat(what, ": the spool is closed, the disk was full"));
  }
  const kv::InsideRocksdb inside;
  return FromRocksDb(what, call(*db_));
}

absl::StatusOr<std::string> SpoolDatabase::Get(absl::string_view key) const {
  std::string value;
  RETURN_IF_ERROR(With("reading the spool", [&](rocksdb::DB& db) {
    return db.Get(rocksdb::ReadOptions(), AsSlice(key), &value);
  }));
  return value;
}

absl::Status SpoolDatabase::ForEach(
    absl::string_view prefix,
    const std::function<void(absl::string_view key, absl::string_view value)>&
        visit) const {
  return With("reading the spool", [&](rocksdb::DB& db) {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> entry(db.NewIterator(options));
    for (entry->Seek(AsSlice(prefix));
         entry->Valid() && entry->key().starts_with(AsSlice(prefix));
         entry->Next()) {
      visit(AsView(entry->key()), AsView(entry->value()));
    }
    return entry->status();
  });
}

absl::StatusOr<std::string> SpoolDatabase::LastKey(char table) const {
  std::string key;
  RETURN_IF_ERROR(With("reading the spool", [&](rocksdb::DB& db) {
    const std::unique_ptr<rocksdb::Iterator> entry(
        db.NewIterator(rocksdb::ReadOptions()));
    entry->SeekForPrev(std::string(1, static_cast<char>(table + 1)));
    if (entry->Valid() && entry->key().starts_with(std::string(1, table))) {
      key = entry->key().ToString();
    }
    return entry->status();
  }));
  return key;
}

absl::Status SpoolDatabase::Write(rocksdb::WriteBatch& batch) {
  return With("writing to the spool", [&batch](rocksdb::DB& db) {
    return db.Write(rocksdb::WriteOptions(), &batch);
  });
}

absl::Status SpoolDatabase::SyncLog() {
  return With("syncing the spool", kv::SyncLog);
}

absl::StatusOr<int64_t> SpoolDatabase::FreeBytes() const {
  uint64_t bytes = 0;
  RETURN_IF_ERROR(FromRocksDb(
      directory_, env_->GetFileSystem()->GetFreeSpace(
                      directory_, rocksdb::IOOptions(), &bytes, nullptr)));
  return static_cast<int64_t>(bytes);
}

int64_t SpoolDatabase::StoredBytes() const {
  uint64_t bytes = 0;
  (void)With("", [&bytes](rocksdb::DB& db) {
    db.GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &bytes);
    return rocksdb::Status::OK();
  });
  return static_cast<int64_t>(bytes);
}

absl::Status SpoolDatabase::Compact() {
  return With("compacting the spool", [](rocksdb::DB& db) {
    const rocksdb::Status status = db.Flush(rocksdb::FlushOptions());
    if (!status.ok()) return status;
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    return db.CompactRange(options, nullptr, nullptr);
  });
}

}  // namespace postern::mta::queue
