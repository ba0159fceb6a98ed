#include "mta/queue/content_files.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/kv/rocksdb_status.h"
#include "mta/queue/spool_database.h"

namespace postern::mta::queue {
namespace {

rocksdb::EnvOptions PlainFiles() {
  rocksdb::EnvOptions options;
  options.use_mmap_reads = false;
  options.use_mmap_writes = false;
  return options;
}

}  // namespace

absl::Status ContentFile::Append(absl::string_view record) {
  return kv::ToStatus(file_->Append(AsSlice(record)), path_);
}

absl::Status ContentFile::Sync() {
  RETURN_IF_ERROR(kv::ToStatus(file_->Sync(), path_));
  return kv::ToStatus(directory_.Fsync(), path_);
}

absl::StatusOr<std::unique_ptr<ContentFiles>> ContentFiles::Open(
    const std::string& spool_directory, rocksdb::Env* env) {
  if (env == nullptr) env = rocksdb::Env::Default();
  std::string folder = absl::StrCat(spool_directory, "/contents");
  RETURN_IF_ERROR(MakeDirectories(folder, 0700));
  // The name of the folder itself has to last, too.
  std::unique_ptr<rocksdb::Directory> directory;
  RETURN_IF_ERROR(kv::ToStatus(env->NewDirectory(spool_directory, &directory),
                               spool_directory));
  RETURN_IF_ERROR(kv::ToStatus(directory->Fsync(), spool_directory));
  RETURN_IF_ERROR(kv::ToStatus(env->NewDirectory(folder, &directory), folder));
  return std::unique_ptr<ContentFiles>(
      new ContentFiles(std::move(folder), env, std::move(directory)));
}

ContentFiles::ContentFiles(std::string folder, rocksdb::Env* env,
                           std::unique_ptr<rocksdb::Directory> directory)
    : folder_(std::move(folder)),
      env_(env),
      directory_(std::move(directory)),
      deleter_([this] { RunDeletions(); }) {}

ContentFiles::~ContentFiles() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  deleter_.join();
}

std::string ContentFiles::PathOf(QueueId id) const {
  return absl::StrCat(folder_, "/", id.ToString());
}

absl::StatusOr<std::unique_ptr<ContentFile>> ContentFiles::Create(QueueId id) {
  {
    absl::MutexLock lock(&mutex_);
    to_delete_.erase(id);
    const auto is_let_go = [this, id] {
      mutex_.AssertReaderHeld();
      return deleting_ != id;
    };
    mutex_.Await(absl::Condition(&is_let_go));
  }
  std::string path = PathOf(id);
  std::unique_ptr<rocksdb::WritableFile> file;
  RETURN_IF_ERROR(
      kv::ToStatus(env_->NewWritableFile(path, &file, PlainFiles()), path));
  return std::make_unique<ContentFile>(std::move(path), std::move(file),
                                       *directory_);
}

absl::StatusOr<std::unique_ptr<rocksdb::RandomAccessFile>>
ContentFiles::OpenToRead(QueueId id) const {
  const std::string path = PathOf(id);
  std::unique_ptr<rocksdb::RandomAccessFile> file;
  const rocksdb::Status status =
      env_->NewRandomAccessFile(path, &file, PlainFiles());
  if (status.IsPathNotFound()) {
    return absl::NotFoundError(absl::StrCat(path, " is missing"));
  }
  RETURN_IF_ERROR(kv::ToStatus(status, path));
  return file;
}

absl::StatusOr<std::vector<QueueId>> ContentFiles::Ids() const {
  std::vector<std::string> names;
  RETURN_IF_ERROR(kv::ToStatus(env_->GetChildren(folder_, &names), folder_));
  std::vector<QueueId> ids;
  for (const std::string& name : names) {
    const absl::StatusOr<QueueId> id = QueueId::Parse(name);
    if (id.ok()) ids.push_back(*id);
  }
  return ids;
}

absl::Status ContentFiles::Keep(QueueId id, const std::string& directory) {
  return kv::ToStatus(
      env_->RenameFile(PathOf(id),
                       absl::StrCat(directory, "/", id.ToString(), ".content")),
      directory);
}

void ContentFiles::DeleteLater(QueueId id) {
  absl::MutexLock lock(&mutex_);
  to_delete_.insert(id);
}

bool ContentFiles::HasWork() const { return stopping_ || !to_delete_.empty(); }

void ContentFiles::RunDeletions() {
  absl::MutexLock lock(&mutex_);
  for (;;) {
    mutex_.Await(absl::Condition(this, &ContentFiles::HasWork));
    if (to_delete_.empty()) return;
    const QueueId id = *to_delete_.begin();
    to_delete_.erase(to_delete_.begin());
    deleting_ = id;
    mutex_.Unlock();
    Delete(id);
    mutex_.Lock();
    deleting_.reset();
  }
}

void ContentFiles::Delete(QueueId id) const {
  const rocksdb::Status status = env_->DeleteFile(PathOf(id));
  if (status.ok() || status.IsPathNotFound()) return;
  // The next start deletes it.
  log::Warning("content_not_deleted",
               {{"queue_id", id.ToString()}, {"error", status.ToString()}});
}

}  // namespace postern::mta::queue
