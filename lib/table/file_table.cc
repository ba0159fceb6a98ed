#include "lib/table/file_table.h"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "absl/memory/memory.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"

namespace postern::table {

absl::StatusOr<std::unique_ptr<Table>> FileTable::Open(std::string path,
                                                       Parser parser) {
  auto table = absl::WrapUnique(new FileTable(std::move(path), parser));
  RETURN_IF_ERROR(table->Refresh().status());
  return table;
}

std::optional<std::string> FileTable::Lookup(absl::string_view key) const {
  return content()->Find(key);
}

std::vector<Result> FileTable::Results() const { return content()->Results(); }

std::shared_ptr<const Snapshot> FileTable::content() const {
  absl::ReaderMutexLock lock(&mutex_);
  return content_;
}

absl::StatusOr<bool> FileTable::Refresh() {
  absl::MutexLock refreshing(&refreshing_);
  // Taken before the content is read: a change meanwhile is seen next time.
  absl::StatusOr<Stamp> stamp = StampOf(path_);
  if (stamp == stamp_) return false;
  stamp_ = stamp;
  RETURN_IF_ERROR(stamp.status());
  ASSIGN_OR_RETURN(const std::string content, ReadFile(path_));
  ASSIGN_OR_RETURN(std::shared_ptr<const Snapshot> parsed,
                   parser_(content, path_));
  absl::MutexLock lock(&mutex_);
  content_.swap(parsed);
  return true;
}

absl::StatusOr<FileTable::Stamp> FileTable::StampOf(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return ErrnoStatus(errno, path);
  Stamp stamp;
  stamp.device = info.st_dev;
  stamp.inode = info.st_ino;
  stamp.size = info.st_size;
  stamp.modified_ns =
      info.st_mtim.tv_sec * int64_t{1'000'000'000} + info.st_mtim.tv_nsec;
  return stamp;
}

}  // namespace postern::table
