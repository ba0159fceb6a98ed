#include "mta/outbound/run_as.h"

#include <grp.h>
#include <pwd.h>

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::mta::outbound {
namespace {

constexpr size_t kBufferBytes = 16 << 10;

absl::Status NoSuch(absl::string_view what, const std::string& name) {
  return absl::InvalidArgumentError(
      absl::StrCat("there is no ", what, " \"", Printable(name), "\""));
}

absl::StatusOr<FileOwner> OwnerNamed(const std::string& name) {
  struct passwd entry;
  struct passwd* found = nullptr;
  std::vector<char> buffer(kBufferBytes);
  ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return NoSuch("user", name);
  return FileOwner{found->pw_uid, found->pw_gid};
}

absl::StatusOr<gid_t> GroupNamed(const std::string& name) {
  struct group entry;
  struct group* found = nullptr;
  std::vector<char> buffer(kBufferBytes);
  ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return NoSuch("group", name);
  return found->gr_gid;
}

}  // namespace

absl::StatusOr<FileOwner> RunAs(const std::string& user_and_group) {
  const size_t colon = user_and_group.find(':');
  ASSIGN_OR_RETURN(FileOwner owner,
                   OwnerNamed(user_and_group.substr(0, colon)));
  if (colon != std::string::npos) {
    ASSIGN_OR_RETURN(owner.gid, GroupNamed(user_and_group.substr(colon + 1)));
  }
  if (owner.uid == 0 || owner.gid == 0) {
    return absl::InvalidArgumentError(
        "must not be root, nor have root's group");
  }
  return owner;
}

}  // namespace postern::mta::outbound
