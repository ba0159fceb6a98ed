#include "mta/queue/spool_database.h"

#include <atomic>
#include <cstdarg>
#include <cstdio>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
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

// Hands RocksDB's warnings to our log. What goes wrong while it opens is
// returned by Open() as well, and said once.
class DatabaseLog final : public rocksdb::Logger {
 public:
  DatabaseLog() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

  void SetOpen() { is_open_ = true; }

  using Logger::Logv;
  void Logv(const rocksdb::InfoLogLevel level, const char* format,
            va_list arguments) override {
    const auto least = is_open_ ? rocksdb::InfoLogLevel::FATAL_LEVEL
                                : rocksdb::InfoLogLevel::WARN_LEVEL;
    if (level < rocksdb::InfoLogLevel::WARN_LEVEL || level > least) return;
    char text[1024];
    std::vsnprintf(text, sizeof(text), format, arguments);
    const absl::string_view line = absl::StripAsciiWhitespace(text);
    if (level == rocksdb::InfoLogLevel::WARN_LEVEL) {
      log::Warning("spool_database", {{"text", line}});
    } else {
      log::Error("spool_database", {{"text", line}});
    }
  }

 private:
  std::atomic<bool> is_open_ = false;
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
  log->SetOpen();
  if (status.ok()) return std::unique_ptr<rocksdb::DB>(db);
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
