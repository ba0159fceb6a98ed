#include "ctl/rotation_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ctl/file_error.h"
#include "ctl/rewritten_file.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/base/unique_fd.h"

namespace postern::ctl {
namespace {

constexpr absl::Duration kLockWait = absl::Seconds(10);
constexpr absl::Duration kBetweenTries = absl::Milliseconds(20);

// Holds the lock of the folder that `path` is in.
absl::StatusOr<UniqueFd> LockFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder =
      slash == std::string::npos ? "." : path.substr(0, slash + 1);
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) return ErrnoStatus(errno, folder);
  const absl::Time until = absl::Now() + kLockWait;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return ErrnoStatus(errno, folder);
    }
    if (absl::Now() > until) {
      return absl::UnavailableError(
          absl::StrCat(folder, ": another program has the lock of the folder"));
    }
    absl::SleepFor(kBetweenTries);
  }
  return fd;
}

bool IsOfSameKeys(const dkim::Rotation& one, const dkim::Rotation& other) {
  return one.domain == other.domain && one.type == other.type;
}

}  // namespace

RotationFiles::RotationFiles(std::string key_table)
    : key_table_(std::move(key_table)),
      list_(dkim::RotationListPath(key_table_)) {}

absl::StatusOr<std::vector<dkim::Rotation>> RotationFiles::Read() const {
  const absl::StatusOr<std::string> text = ReadFile(list_);
  if (absl::IsNotFound(text.status())) return std::vector<dkim::Rotation>();
  if (!text.ok()) return text.status();
  absl::StatusOr<std::vector<dkim::Rotation>> rotations =
      dkim::ParseRotationList(*text);
  if (rotations.ok()) return rotations;
  return FileError(list_, rotations.status());
}

absl::Status RotationFiles::Write(
    const std::vector<dkim::Rotation>& rotations) const {
  return WriteFile(list_, dkim::RotationListText(rotations));
}

absl::Status RotationFiles::Put(const dkim::Rotation& rotation) const {
  ASSIGN_OR_RETURN(const UniqueFd lock, LockFolderOf(key_table_));
  ASSIGN_OR_RETURN(std::vector<dkim::Rotation> rotations, Read());
  for (dkim::Rotation& kept : rotations) {
    if (!IsOfSameKeys(kept, rotation)) continue;
    kept = rotation;
    return Write(rotations);
  }
  rotations.push_back(rotation);
  return Write(rotations);
}

absl::Status RotationFiles::Remove(const dkim::Rotation& rotation) const {
  ASSIGN_OR_RETURN(const UniqueFd lock, LockFolderOf(key_table_));
  ASSIGN_OR_RETURN(std::vector<dkim::Rotation> rotations, Read());
  std::erase_if(rotations, [&](const dkim::Rotation& kept) {
    return IsOfSameKeys(kept, rotation);
  });
  return Write(rotations);
}

absl::StatusOr<std::vector<KeyLine>> RotationFiles::Lines(
    const std::string& domain, dkim::KeyType type) const {
  ASSIGN_OR_RETURN(std::vector<KeyLine> lines,
                   ReadKeyTable(key_table_, domain));
  std::erase_if(lines, [type](const KeyLine& line) {
    return line.key.key->type() != type;
  });
  return lines;
}

absl::Status RotationFiles::Switch(const dkim::Rotation& rotation) const {
  ASSIGN_OR_RETURN(const UniqueFd lock, LockFolderOf(key_table_));
  ASSIGN_OR_RETURN(const std::vector<KeyLine> lines,
                   Lines(rotation.domain, rotation.type));
  ASSIGN_OR_RETURN(const std::string text, ReadFile(key_table_));
  std::vector<std::string> written = absl::StrSplit(text, '\n');
  for (const KeyLine& line : lines) {
    if (line.key.selector == rotation.selector) continue;
    written[line.number - 1] =
        absl::StrCat(line.name, " ", rotation.domain, ":", rotation.selector,
                     ":", rotation.path);
  }
  return RewriteFile(key_table_, absl::StrJoin(written, "\n"));
}

}  // namespace postern::ctl
