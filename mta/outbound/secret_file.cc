#include "mta/outbound/secret_file.h"

#include <sys/stat.h>

#include "absl/strings/str_cat.h"

namespace postern::mta::outbound {

absl::Status CheckSecretFile(const std::string& path) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) return absl::OkStatus();
  if ((info.st_mode & (S_IRWXO | S_IWGRP)) == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": has passwords, but others may read it (chmod 600)"));
}

}  // namespace postern::mta::outbound
