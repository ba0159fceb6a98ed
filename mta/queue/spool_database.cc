#include "mta/queue/spool_database.h"

#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/listener.h"
#include "rocksdb/options.h"
#include "rocksdb/table.h"

namespace postern::mta::queue {
namespace {

constexpr size_t kMemtableBytes = 12 << 20;
constexpr int kMemtables = 3;
constexpr size_t kBlockCacheBytes = 8 << 20;

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
  // synced is before it.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  table.cache_index_and_filter_blocks = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<rocksdb::DB>> OpenDatabase(
    const std::string& directory, rocksdb::Env* env) {
  RETURN_IF_ERROR(MakeDirectories(directory, 0700));
  rocksdb::DB* db = nullptr;
  rocksdb::Options options = DatabaseOptions(env);
  const auto log = std::make_shared<DatabaseLog>();
  options.info_log = log;
  const rocksdb::Status status = rocksdb::DB::Open(options, directory, &db);
  if (status.ok()) {
    log->SetOpen();
    return std::unique_ptr<rocksdb::DB>(db);
  }
  if (status.IsIOError() && absl::StrContains(status.ToString(), "/LOCK")) {
    return absl::FailedPreconditionError(
        absl::StrCat(directory, ": another program uses this spool (",
                     status.ToString(), ")"));
  }
  return FromRocksDb(directory, status);
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

}  // namespace postern::mta::queue
