#include "mta/outbound/default_privs.h"

#include <pwd.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"

namespace postern::mta::outbound {

absl::StatusOr<std::optional<FileOwner>> DefaultPrivs(
    const config::v1::Mta& config) {
  const bool is_needed = config.allow_mail_to_files_size() > 0 ||
                         config.allow_mail_to_commands_size() > 0;
  if (!is_needed || ::geteuid() != 0) return std::nullopt;
  const std::string& name = config.default_privs();
  struct passwd entry;
  struct passwd* found = nullptr;
  std::vector<char> buffer(16 << 10);
  ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "default_privs: there is no user \"", Printable(name), "\""));
  }
  if (found->pw_uid == 0 || found->pw_gid == 0) {
    return absl::InvalidArgumentError(
        "default_privs: must not be root, nor have root's group");
  }
  return FileOwner{found->pw_uid, found->pw_gid};
}

}  // namespace postern::mta::outbound
