#include "lib/redis/password_file.h"

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"

namespace postern::redis {
namespace {

constexpr size_t kMaxPasswordFileBytes = 4096;

}  // namespace

absl::StatusOr<std::string> ReadPassword(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(path, kMaxPasswordFileBytes));
  text.resize(std::min(text.find('\n'), text.size()));
  if (!text.empty() && text.back() == '\r') text.pop_back();
  if (text.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": there is no password in it"));
  }
  return text;
}

}  // namespace postern::redis
