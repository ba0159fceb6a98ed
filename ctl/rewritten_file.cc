#include "ctl/rewritten_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "lib/base/file.h"
#include "lib/base/status_macros.h"

namespace postern::ctl {

absl::Status RewriteFile(const std::string& path, const std::string& text) {
  std::error_code error;
  const std::string real = std::filesystem::canonical(path, error).string();
  struct stat facts;
  if (error || ::stat(real.c_str(), &facts) != 0) {
    return ErrnoStatus(error ? error.value() : errno, path);
  }
  RETURN_IF_ERROR(WriteFile(real, text, facts.st_mode & 07777));
  if (::geteuid() == 0 &&
      ::chown(real.c_str(), facts.st_uid, facts.st_gid) != 0) {
    return ErrnoStatus(errno, path);
  }
  return absl::OkStatus();
}

}  // namespace postern::ctl
