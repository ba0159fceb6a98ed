#include "mta/outbound/mbox.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "lib/base/log.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/base/unique_fd.h"
#include "mta/outbound/folder.h"
#include "mta/outbound/letter_file.h"
#include "mta/outbound/outcome.h"

namespace postern::mta::outbound {
namespace {

constexpr int kFileMode = 0600;
constexpr int kLockFileMode = 0444;

absl::Status Locked() { return absl::AbortedError("mailbox is locked"); }

// A lock of the open file, not of the process: it holds between our own
// threads as well, and against the fcntl locks of other programs.
absl::Status LockFile(int fd, const std::string& path) {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(fd, F_OFD_SETLK, &lock) == 0) return absl::OkStatus();
  return errno == EAGAIN || errno == EACCES ? Locked() : FileError(path);
}

// Who may write to the folder could have us write to another file through a
// link of either kind.
absl::StatusOr<int64_t> SizeOfPlainFile(int fd, const std::string& path) {
  struct stat info;
  if (::fstat(fd, &info) != 0) return FileError(path);
  if (!S_ISREG(info.st_mode) || info.st_nlink != 1) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": not a plain file with one name"));
  }
  return info.st_size;
}

}  // namespace

absl::StatusOr<Mbox> Mbox::At(const std::string& base, absl::string_view path,
                              int64_t limit_bytes) {
  const auto bad = [&path](absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("mailbox \"", Printable(path), "\": ", why));
  };
  if (base.empty()) return bad("virtual_mailbox_base is not set");
  if (!IsPlainPath(path)) return bad("not a plain path below the base");
  return Mbox(std::string(absl::StripSuffix(base, "/")), std::string(path),
              limit_bytes);
}

Mbox::Mbox(std::string base, std::string path, int64_t limit_bytes)
    : base_(std::move(base)),
      path_(std::move(path)),
      file_(absl::StrCat(base_, "/", path_)),
      limit_bytes_(limit_bytes) {}

std::optional<queue::Outcome> Mbox::Deliver(const Letter& letter) const {
  const absl::StatusOr<bool> has_been_here = HasBeenHere(letter);
  if (!has_been_here.ok()) return OutcomeOfError(has_been_here.status());
  if (*has_been_here) return LoopTo(letter.recipient);
  absl::Status status = Store(letter);
  if (absl::IsNotFound(status)) {
    const size_t slash = path_.rfind('/');
    status = slash == path_.npos ? status
                                 : MakeFolders(base_, path_.substr(0, slash));
    if (status.ok()) status = Store(letter);
  }
  if (absl::IsAborted(status)) return std::nullopt;
  return status.ok() ? Delivered("2.0.0", "delivered to mailbox")
                     : OutcomeOfWriting(status);
}

absl::Status Mbox::Store(const Letter& letter) const {
  const std::string lock = absl::StrCat(file_, ".lock");
  RETURN_IF_ERROR(TakeLockFile(lock));
  const auto unlock = absl::MakeCleanup([&lock] { ::unlink(lock.c_str()); });
  // Not blocking: it could be a pipe.
  UniqueFd fd(::open(file_.c_str(),
                     O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK |
                         O_NOCTTY | O_CLOEXEC,
                     kFileMode));
  if (!fd.is_open()) return FileError(file_);
  absl::Status status = Append(letter, fd.get());
  if (::close(fd.Release()) != 0 && status.ok()) status = FileError(file_);
  return status;
}

absl::Status Mbox::TakeLockFile(const std::string& lock) const {
  for (int attempt = 0; attempt < 2; ++attempt) {
    const UniqueFd fd(::open(
        lock.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
        kLockFileMode));
    if (fd.is_open()) return absl::OkStatus();
    if (errno != EEXIST) return FileError(lock);
    struct stat info;
    if (::lstat(lock.c_str(), &info) != 0) continue;  // It has just gone.
    const absl::Time made = absl::TimeFromTimespec(info.st_mtim);
    if (absl::Now() - made < kStaleLock) return Locked();
    log::Warning("stale_mailbox_lock_removed", {{"path", lock}});
    ::unlink(lock.c_str());
  }
  return Locked();
}

absl::Status Mbox::Append(const Letter& letter, int fd) const {
  RETURN_IF_ERROR(SizeOfPlainFile(fd, file_).status());
  RETURN_IF_ERROR(LockFile(fd, file_));
  ASSIGN_OR_RETURN(const int64_t size_bytes, SizeOfPlainFile(fd, file_));
  absl::Status status = AppendLocked(letter, fd, size_bytes);
  if (status.ok() && ::fsync(fd) != 0) status = FileError(file_);
  if (!status.ok()) {
    if (::ftruncate(fd, size_bytes) != 0) {
      log::Error("mailbox_not_cut_back",
                 {{"path", file_}, {"size", size_bytes}});
    }
    return status;
  }
  if (size_bytes > 0) return absl::OkStatus();
  return SyncFolder(file_.substr(0, file_.rfind('/')));
}

absl::Status Mbox::AppendLocked(const Letter& letter, int fd,
                                int64_t size_bytes) const {
  std::string in_front;
  char last = '\n';
  if (size_bytes > 0 && ::pread(fd, &last, 1, size_bytes - 1) != 1) {
    return FileError(file_);
  }
  // What was there before must not swallow our first line.
  if (last != '\n') in_front = "\n\n";
  in_front += FromLine(letter, absl::LocalTimeZone());
  const int64_t room =
      limit_bytes_ == 0 ? -1 : std::max<int64_t>(limit_bytes_ - size_bytes, 0);
  LetterFile file(fd, file_, room);
  return file.Write(letter, LetterText::Form::kMbox, in_front);
}

}  // namespace postern::mta::outbound
