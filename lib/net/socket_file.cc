#include "lib/net/socket_file.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/file.h"

namespace postern::net {
namespace {

absl::Status ChangeOwner(const std::string& path, const std::string& owner) {
  const std::vector<std::string> parts = absl::StrSplit(owner, ':');
  uid_t uid = static_cast<uid_t>(-1);
  gid_t gid = static_cast<gid_t>(-1);
  if (!parts[0].empty()) {
    const passwd* user = ::getpwnam(parts[0].c_str());
    if (user == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("unix:", path, ": no user \"", parts[0], "\""));
    }
    uid = user->pw_uid;
  }
  if (parts.size() > 1 && !parts[1].empty()) {
    const group* found = ::getgrnam(parts[1].c_str());
    if (found == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("unix:", path, ": no group \"", parts[1], "\""));
    }
    gid = found->gr_gid;
  }
  if (::chown(path.c_str(), uid, gid) != 0) {
    return ErrnoStatus(errno, absl::StrCat("unix:", path));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SetSocketFile(const std::string& path, int mode,
                           const std::string& owner) {
  if (::chmod(path.c_str(), mode) != 0) {
    return ErrnoStatus(errno, absl::StrCat("unix:", path));
  }
  return owner.empty() ? absl::OkStatus() : ChangeOwner(path, owner);
}

}  // namespace postern::net
