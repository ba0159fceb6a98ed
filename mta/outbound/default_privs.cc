#include "mta/outbound/default_privs.h"

#include <unistd.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "mta/outbound/run_as.h"

namespace postern::mta::outbound {

absl::StatusOr<std::optional<FileOwner>> DefaultPrivs(
    const config::v1::Mta& config) {
  const bool is_needed = config.allow_mail_to_files_size() > 0 ||
                         config.allow_mail_to_commands_size() > 0;
  if (!is_needed || ::geteuid() != 0) return std::nullopt;
  const absl::StatusOr<FileOwner> owner = RunAs(config.default_privs());
  if (owner.ok()) return *owner;
  return absl::InvalidArgumentError(
      absl::StrCat("default_privs: ", owner.status().message()));
}

}  // namespace postern::mta::outbound
