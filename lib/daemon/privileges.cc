#include "lib/daemon/privileges.h"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"

namespace postern::daemon {
namespace {

constexpr uint32_t kKept = (1u << CAP_NET_BIND_SERVICE) | (1u << CAP_CHOWN);

// The capability sets have no call in the C library: capset(2).
absl::Status SetCapabilities(uint32_t capabilities) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  data[0].effective = data[0].permitted = capabilities;
  if (::syscall(SYS_capset, &header, data) != 0) {
    return ErrnoStatus(errno, "capset");
  }
  return absl::OkStatus();
}

absl::Status SwitchTo(const passwd& user, gid_t group) {
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) {
    return ErrnoStatus(errno, "prctl");
  }
  if (::initgroups(user.pw_name, group) != 0 || ::setgid(group) != 0 ||
      ::setuid(user.pw_uid) != 0) {
    return ErrnoStatus(errno, absl::StrCat("cannot become ", user.pw_name));
  }
  return SetCapabilities(kKept);
}

}  // namespace

absl::Status BecomeUser(const std::string& user, const std::string& group) {
  if (user.empty()) return absl::OkStatus();
  const passwd* const found = ::getpwnam(user.c_str());
  if (found == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("daemon.user: no user \"", user, "\""));
  }
  gid_t gid = found->pw_gid;
  if (!group.empty()) {
    const ::group* const entry = ::getgrnam(group.c_str());
    if (entry == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("daemon.group: no group \"", group, "\""));
    }
    gid = entry->gr_gid;
  }
  if (::geteuid() == found->pw_uid) return absl::OkStatus();
  if (::geteuid() != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("daemon.user: only root can become ", user));
  }
  return SwitchTo(*found, gid);
}

absl::Status DropCapabilities() {
  if (::geteuid() == 0) return absl::OkStatus();
  RETURN_IF_ERROR(SetCapabilities(0));
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return ErrnoStatus(errno, "prctl");
  }
  return absl::OkStatus();
}

}  // namespace postern::daemon
