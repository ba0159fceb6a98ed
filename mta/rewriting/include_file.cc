#include "mta/rewriting/include_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/file.h"
#include "lib/base/unique_fd.h"

namespace postern::mta::rewriting {
namespace {

constexpr size_t kMaxBytes = 4 << 20;

}  // namespace

absl::StatusOr<std::string> ReadIncludeFile(const std::string& path) {
  if (path.empty() || path[0] != '/') {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": not an absolute path"));
  }
  // Not blocking: it could be a pipe.
  const UniqueFd fd(
      ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.is_open()) return ErrnoStatus(errno, path);
  struct stat info;
  if (::fstat(fd.get(), &info) != 0) return ErrnoStatus(errno, path);
  const bool is_safe = S_ISREG(info.st_mode) &&
                       (info.st_uid == 0 || info.st_uid == ::geteuid()) &&
                       (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  if (!is_safe) {
    return absl::PermissionDeniedError(absl::StrCat(
        path, ": must be a file that only root or the relay can write to"));
  }
  std::string content;
  char buffer[16 << 10];
  while (true) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, path);
    if (n == 0) return content;
    content.append(buffer, n);
    if (content.size() > kMaxBytes) {
      return absl::ResourceExhaustedError(absl::StrCat(path, ": too large"));
    }
  }
}

}  // namespace postern::mta::rewriting
