#include "lib/dkim/key_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/file.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/base/unique_fd.h"

namespace postern::dkim {
namespace {

constexpr size_t kMaxKeyBytes = 64 << 10;

// The file that `path` leads to, through all links.
absl::StatusOr<std::string> RealPath(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(
      ::realpath(path.c_str(), nullptr), std::free);
  if (!real) return ErrnoStatus(errno, path);
  return std::string(real.get());
}

// Whether `path`, where the source leads to, is in its folder.
absl::Status CheckBelow(const std::string& path, const KeySource& source) {
  const absl::StatusOr<std::string> folder = RealPath(source.below);
  if (!folder.ok()) return folder.status();
  if (absl::StartsWith(path,
                       absl::StrCat(absl::StripSuffix(*folder, "/"), "/"))) {
    return absl::OkStatus();
  }
  return absl::PermissionDeniedError(
      absl::StrCat(source.path, ": leads out of ", source.below));
}

bool IsOurGroup(gid_t group) {
  if (group == ::getegid()) return true;
  std::vector<gid_t> groups(std::max(0, ::getgroups(0, nullptr)));
  const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(std::max(0, count));
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

absl::Status CheckOwner(const struct stat& file, const std::string& path) {
  const auto refuse = [&](absl::string_view why) {
    return absl::PermissionDeniedError(absl::StrCat(path, ": ", why));
  };
  if (file.st_uid != 0 && file.st_uid != ::geteuid()) {
    return refuse("the key belongs to another user");
  }
  if ((file.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
    return refuse("others may read the key or change it");
  }
  if ((file.st_mode & S_IRGRP) != 0 && !IsOurGroup(file.st_gid)) {
    return refuse("another group may read the key");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadAll(int file, const std::string& path) {
  std::string text(kMaxKeyBytes + 1, '\0');
  size_t length = 0;
  while (length < text.size()) {
    const ssize_t got =
        ::read(file, text.data() + length, text.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(errno, path);
    if (got == 0) break;
    length += static_cast<size_t>(got);
  }
  if (length > kMaxKeyBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(path, ": too large for a key"));
  }
  text.resize(length);
  return text;
}

}  // namespace

bool IsPathDomain(absl::string_view domain) {
  if (domain.empty() || domain.size() > 253) return false;
  for (const absl::string_view label : absl::StrSplit(domain, '.')) {
    if (label.empty() || label.size() > 63) return false;
    for (const char c : label) {
      if (!absl::ascii_isalnum(c) && c != '-' && c != '_') return false;
    }
  }
  return true;
}

absl::StatusOr<KeySource> KeySource::ForDomain(absl::string_view domain) const {
  const size_t place = path.find('%');
  if (place == std::string::npos) return *this;
  if (!IsPathDomain(domain)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", Printable(domain), "\" cannot be part of a key's path"));
  }
  KeySource found = *this;
  const size_t slash = path.rfind('/', place);
  found.below =
      slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
  found.path =
      absl::StrReplaceAll(path, {{"%", absl::AsciiStrToLower(domain)}});
  return found;
}

absl::StatusOr<std::string> ReadKeyText(const KeySource& source, bool safe) {
  if (source.path.empty()) return source.text;
  std::string path = source.path;
  int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  if (!source.below.empty()) {
    ASSIGN_OR_RETURN(path, RealPath(source.path));
    RETURN_IF_ERROR(CheckBelow(path, source));
    // All links are followed; one that appears now is none that was looked at.
    flags |= O_NOFOLLOW;
  }
  const UniqueFd file(::open(path.c_str(), flags));
  struct stat facts;
  if (!file.is_open() || ::fstat(file.get(), &facts) != 0) {
    return ErrnoStatus(errno, source.path);
  }
  if (!S_ISREG(facts.st_mode)) {
    return absl::PermissionDeniedError(
        absl::StrCat(source.path, ": is no file"));
  }
  if (safe) RETURN_IF_ERROR(CheckOwner(facts, source.path));
  return ReadAll(file.get(), source.path);
}

}  // namespace postern::dkim
