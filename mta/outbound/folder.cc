#include "mta/outbound/folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/algorithm/container.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/base/unique_fd.h"
#include "mta/outbound/outcome.h"

namespace postern::mta::outbound {
namespace {

constexpr int kFolderMode = 0700;
constexpr size_t kMaxPartBytes = 255;

// Attached to an error: it is the user who has no room, not the disk.
constexpr absl::string_view kOverQuota = "postern.mta.outbound/over_quota";

bool IsPlainPart(absl::string_view part) {
  return !part.empty() && part[0] != '.' && part.size() <= kMaxPartBytes &&
         absl::c_none_of(part, [](unsigned char c) { return c < ' '; });
}

}  // namespace

bool IsPlainPath(absl::string_view path) {
  for (const absl::string_view part : absl::StrSplit(path, '/')) {
    if (!IsPlainPart(part)) return false;
  }
  return true;
}

absl::Status MakeFolders(const std::string& base, absl::string_view path) {
  std::string parent = base;
  for (const absl::string_view part :
       absl::StrSplit(path, '/', absl::SkipEmpty())) {
    const std::string folder = absl::StrCat(parent, "/", part);
    if (::mkdir(folder.c_str(), kFolderMode) == 0) {
      RETURN_IF_ERROR(SyncFolder(parent));
    } else if (errno != EEXIST) {
      return FileError(folder);
    }
    parent = folder;
  }
  return absl::OkStatus();
}

absl::Status SyncFolder(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open() || ::fsync(fd.get()) != 0) return FileError(path);
  return absl::OkStatus();
}

absl::Status FileError(absl::string_view what) {
  const int error = errno;
  absl::Status status = ErrnoStatus(error, what);
  if (error == EDQUOT) status.SetPayload(kOverQuota, absl::Cord());
  return status;
}

queue::Outcome OutcomeOfError(const absl::Status& status) {
  if (status.GetPayload(kOverQuota)) {
    return Deferred(Cause::kMailbox, "4.2.2", "mailbox is over its quota");
  }
  if (absl::IsResourceExhausted(status)) {
    return Deferred(Cause::kMailbox, "4.3.1", "no room for the mailbox");
  }
  if (absl::IsDataLoss(status)) {
    return Deferred(
        Cause::kSystem, "4.3.0",
        absl::StrCat("cannot read the queued message: ", status.message()));
  }
  return Deferred(
      Cause::kMailbox, "4.2.0",
      absl::StrCat("cannot deliver to the mailbox: ", status.message()));
}

}  // namespace postern::mta::outbound
