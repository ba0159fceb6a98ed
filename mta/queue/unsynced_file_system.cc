#include "mta/queue/unsynced_file_system.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"

namespace postern::mta::queue {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

void Require(bool condition, const std::string& what) {
  if (condition) return;
  std::fprintf(stderr, "unsynced file system: %s\n", what.c_str());
  std::abort();
}

std::optional<std::string> ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string((std::istreambuf_iterator<char>(file)),
                     std::istreambuf_iterator<char>());
}

}  // namespace

// A file that is being written.
class UnsyncedFileSystem::File final
    : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(UnsyncedFileSystem& disk, std::string path,
       std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)),
        disk_(disk),
        path_(std::move(path)) {}

  IOStatus Append(const Slice& data, const IOOptions& options,
                  IODebugContext* debug) override {
    IOStatus status = disk_.Permit(Operation::kAppend, data.size());
    if (status.IsNoSpace()) {
      const Slice half(data.data(), data.size() / 2);
      if (target()->Append(half, options, debug).ok()) {
        disk_.Grow(path_, half.size());
      }
    }
    if (!status.ok()) return status;
    status = target()->Append(data, options, debug);
    if (status.ok()) disk_.Grow(path_, data.size());
    return status;
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }

  // The real disk need not take part: this one decides what is lost.
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    const uint64_t size = disk_.SizeOf(path_);
    const IOStatus status = disk_.Permit(Operation::kSync);
    if (status.ok()) disk_.MarkSynced(path_, size);
    return status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&,
                     IODebugContext*) override {
    return IOStatus::OK();
  }

 private:
  UnsyncedFileSystem& disk_;
  const std::string path_;
};

class UnsyncedFileSystem::Directory final : public rocksdb::FSDirectoryWrapper {
 public:
  Directory(UnsyncedFileSystem& disk, std::string path,
            std::unique_ptr<rocksdb::FSDirectory> directory)
      : FSDirectoryWrapper(std::move(directory)),
        disk_(disk),
        path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    const IOStatus status = disk_.Permit(Operation::kSync);
    if (status.ok()) disk_.MarkNamesSynced(path_);
    return status;
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  UnsyncedFileSystem& disk_;
  const std::string path_;
};

class UnsyncedFileSystem::Layer final : public rocksdb::FileSystemWrapper {
 public:
  explicit Layer(UnsyncedFileSystem& disk)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}

  const char* Name() const override { return "UnsyncedFileSystem"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* debug) override {
    IOStatus status = disk_.Permit(std::nullopt);
    if (!status.ok()) return status;
    status = target()->NewWritableFile(path, options, file, debug);
    if (!status.ok()) return status;
    {
      absl::MutexLock lock(&disk_.mutex_);
      disk_.files_[path] = FileState();
      disk_.name_changes_.push_back({"", path, std::nullopt});
    }
    *file = std::make_unique<File>(disk_, path, std::move(*file));
    return status;
  }
  IOStatus ReuseWritableFile(const std::string&, const std::string&,
                             const FileOptions&,
                             std::unique_ptr<rocksdb::FSWritableFile>*,
                             IODebugContext*) override {
    return IOStatus::NotSupported("recycled logs are not simulated");
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* directory,
                        IODebugContext* debug) override {
    const IOStatus status =
        target()->NewDirectory(path, options, directory, debug);
    if (status.ok()) {
      *directory =
          std::make_unique<Directory>(disk_, path, std::move(*directory));
    }
    return status;
  }
  IOStatus RenameFile(const std::string& from, const std::string& to,
                      const IOOptions& options,
                      IODebugContext* debug) override {
    IOStatus status = disk_.Permit(std::nullopt);
    if (!status.ok()) return status;
    NameChange change = {from, to, ContentOf(to)};
    status = target()->RenameFile(from, to, options, debug);
    if (!status.ok()) return status;
    absl::MutexLock lock(&disk_.mutex_);
    disk_.files_[to] = disk_.files_[from];
    disk_.files_.erase(from);
    disk_.name_changes_.push_back(std::move(change));
    return status;
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions& options,
                      IODebugContext* debug) override {
    IOStatus status = disk_.Permit(std::nullopt);
    if (!status.ok()) return status;
    status = target()->DeleteFile(path, options, debug);
    absl::MutexLock lock(&disk_.mutex_);
    disk_.files_.erase(path);
    return status;
  }
  IOStatus GetFreeSpace(const std::string& path, const IOOptions& options,
                        uint64_t* free_bytes, IODebugContext* debug) override {
    absl::MutexLock lock(&disk_.mutex_);
    if (!disk_.free_bytes_) {
      return target()->GetFreeSpace(path, options, free_bytes, debug);
    }
    *free_bytes = *disk_.free_bytes_;
    return IOStatus::OK();
  }

 private:
  UnsyncedFileSystem& disk_;
};

UnsyncedFileSystem::UnsyncedFileSystem()
    : env_(rocksdb::NewCompositeEnv(std::make_shared<Layer>(*this))) {}

UnsyncedFileSystem::~UnsyncedFileSystem() = default;

void UnsyncedFileSystem::LosePowerAfter(int64_t operations) {
  absl::MutexLock lock(&mutex_);
  operations_left_ = operations;
}

bool UnsyncedFileSystem::has_lost_power() const {
  absl::MutexLock lock(&mutex_);
  return operations_left_ && *operations_left_ <= 0;
}

void UnsyncedFileSystem::Fail(Operation operation, IOStatus status) {
  absl::MutexLock lock(&mutex_);
  failures_[operation] = status;
}

void UnsyncedFileSystem::Heal() {
  absl::MutexLock lock(&mutex_);
  failures_.clear();
}

void UnsyncedFileSystem::SetCapacity(std::optional<int64_t> bytes) {
  absl::MutexLock lock(&mutex_);
  capacity_ = bytes;
}

void UnsyncedFileSystem::SetFreeBytes(std::optional<uint64_t> bytes) {
  absl::MutexLock lock(&mutex_);
  free_bytes_ = bytes;
}

int64_t UnsyncedFileSystem::syncs() const {
  absl::MutexLock lock(&mutex_);
  return syncs_;
}

IOStatus UnsyncedFileSystem::Permit(std::optional<Operation> operation,
                                    size_t bytes) {
  absl::MutexLock lock(&mutex_);
  if (operations_left_ && --*operations_left_ <= 0) {
    return IOStatus::IOError("the power is gone");
  }
  if (!operation) return IOStatus::OK();
  const auto failure = failures_.find(*operation);
  if (failure != failures_.end()) return failure->second;
  if (capacity_ && (*capacity_ -= static_cast<int64_t>(bytes)) < 0) {
    return IOStatus::NoSpace("the disk is full");
  }
  if (*operation == Operation::kSync) ++syncs_;
  return IOStatus::OK();
}

void UnsyncedFileSystem::Grow(const std::string& path, uint64_t bytes) {
  absl::MutexLock lock(&mutex_);
  files_[path].size += bytes;
}

uint64_t UnsyncedFileSystem::SizeOf(const std::string& path) const {
  absl::MutexLock lock(&mutex_);
  const auto file = files_.find(path);
  return file == files_.end() ? 0 : file->second.size;
}

void UnsyncedFileSystem::MarkSynced(const std::string& path, uint64_t size) {
  absl::MutexLock lock(&mutex_);
  uint64_t& synced_size = files_[path].synced_size;
  synced_size = std::max(synced_size, size);
}

void UnsyncedFileSystem::MarkNamesSynced(const std::string& directory) {
  const std::string prefix = directory + "/";
  absl::MutexLock lock(&mutex_);
  name_changes_.erase(
      std::remove_if(name_changes_.begin(), name_changes_.end(),
                     [&prefix](const NameChange& change) {
                       return absl::StartsWith(change.to, prefix) &&
                              change.to.find('/', prefix.size()) ==
                                  std::string::npos;
                     }),
      name_changes_.end());
}

void UnsyncedFileSystem::Recover(uint64_t seed) {
  absl::MutexLock lock(&mutex_);
  std::mt19937_64 random(seed);
  const size_t kept = random() % (name_changes_.size() + 1);
  while (name_changes_.size() > kept) {
    Undo(name_changes_.back());
    name_changes_.pop_back();
  }
  for (const auto& [path, state] : files_) ForgetTail(path, state, random);
  files_.clear();
  name_changes_.clear();
  operations_left_.reset();
}

void UnsyncedFileSystem::Undo(const NameChange& change) {
  if (files_.count(change.to) == 0) return;  // Deleted since.
  if (change.from.empty()) {
    Require(::unlink(change.to.c_str()) == 0, change.to);
  } else {
    Require(std::rename(change.to.c_str(), change.from.c_str()) == 0,
            change.to);
    files_[change.from] = files_[change.to];
    if (change.replaced) {
      std::ofstream(change.to, std::ios::binary) << *change.replaced;
    }
  }
  files_.erase(change.to);
}

void UnsyncedFileSystem::ForgetTail(const std::string& path,
                                    const FileState& state,
                                    std::mt19937_64& random) {
  if (state.size <= state.synced_size) return;
  const uint64_t unsynced = state.size - state.synced_size;
  const uint64_t kept = random() % (unsynced + 1);
  Require(::truncate(path.c_str(),
                     static_cast<off_t>(state.synced_size + kept)) == 0,
          path);
  if (kept == 0 || random() % 2 == 0) return;
  // Pages may reach the disk in any order: a hole in what is kept.
  const uint64_t hole = random() % kept;
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(state.synced_size + hole));
  file << std::string(std::min<uint64_t>(kept - hole, 4096), '\0');
  Require(file.good(), path);
}

}  // namespace postern::mta::queue
