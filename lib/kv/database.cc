#include "lib/kv/database.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/kv/rocksdb_status.h"
#include "rocksdb/env.h"

namespace postern::kv {
namespace {

// What an empty database writes when it is opened is less.
constexpr size_t kTrialBytes = 256 << 10;

std::string LogOf(rocksdb::DB& db) {
  std::unique_ptr<rocksdb::LogFile> file;
  return db.GetCurrentWalFile(&file).ok() ? file->PathName() : "";
}

}  // namespace

Database::Database(const rocksdb::Options& options, std::string directory)
    : options_(options), directory_(std::move(directory)) {}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(
    const rocksdb::Options& options, std::string directory) {
  std::unique_ptr<Database> database(
      new Database(options, std::move(directory)));
  absl::MutexLock lock(&database->mutex_);
  RETURN_IF_ERROR(database->OpenHandle());
  return database;
}

absl::Status Database::OpenHandle() {
  rocksdb::DB* db = nullptr;
  RETURN_IF_ERROR(
      ToStatus(rocksdb::DB::Open(options_, directory_, &db), directory_));
  db_.reset(db);
  return absl::OkStatus();
}

absl::Status Database::Closed() const {
  return absl::UnavailableError(
      absl::StrCat(directory_, ": closed, the disk was full"));
}

absl::Status Database::TryDisk() const {
  const std::string path = directory_ + "/trial";
  const rocksdb::Status written = rocksdb::WriteStringToFile(
      options_.env, std::string(kTrialBytes, '\0'), path, /*should_sync=*/true);
  options_.env->DeleteFile(path).PermitUncheckedError();
  return ToStatus(written, directory_);
}

absl::Status Database::Revive(bool log_is_broken) {
  {
    const Use db(*this);
    if (db) {
      const std::string log = LogOf(*db);
      RETURN_IF_ERROR(ToStatus(db->Resume(), directory_));
      if (!log_is_broken || LogOf(*db) != log) return absl::OkStatus();
    }
  }
  RETURN_IF_ERROR(TryDisk());
  absl::MutexLock lock(&mutex_);
  db_.reset();
  return OpenHandle();
}

}  // namespace postern::kv
