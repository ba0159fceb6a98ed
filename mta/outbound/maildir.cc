#include "mta/outbound/maildir.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/random.h"
#include "lib/base/status_macros.h"
#include "lib/base/unique_fd.h"
#include "mta/outbound/folder.h"
#include "mta/outbound/letter_file.h"
#include "mta/outbound/outcome.h"

namespace postern::mta::outbound {
namespace {

constexpr int kFileMode = 0600;

// "time.Mmicroseconds P pid Q count R random . host": unique on every machine
// that shares the folder.
std::string UniqueName(absl::Time now, const std::string& hostname) {
  static std::atomic<uint64_t> count = 0;
  const int64_t micros = absl::ToUnixMicros(now);
  return absl::StrFormat("%d.M%dP%dQ%dR%s.%s", micros / 1'000'000,
                         micros % 1'000'000, ::getpid(), ++count, RandomName(8),
                         hostname);
}

}  // namespace

absl::StatusOr<Maildir> Maildir::At(const std::string& base,
                                    absl::string_view path,
                                    absl::string_view hostname,
                                    int64_t limit_bytes) {
  const auto bad = [&path](absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("mailbox \"", Printable(path), "\": ", why));
  };
  if (base.empty()) return bad("virtual_mailbox_base is not set");
  absl::string_view folder = path;
  if (!absl::ConsumeSuffix(&folder, "/")) {
    return bad("a Maildir must end with a slash");
  }
  if (!IsPlainPath(folder)) return bad("not a plain path below the base");
  return Maildir(std::string(absl::StripSuffix(base, "/")), std::string(path),
                 absl::StrReplaceAll(Printable(hostname, 64),
                                     {{"/", "\\057"}, {":", "\\072"}}),
                 limit_bytes);
}

Maildir::Maildir(std::string base, std::string path, std::string hostname,
                 int64_t limit_bytes)
    : base_(std::move(base)),
      path_(std::move(path)),
      hostname_(std::move(hostname)),
      limit_bytes_(limit_bytes == 0 ? -1 : limit_bytes) {}

absl::Status Maildir::MakeAllFolders() const {
  RETURN_IF_ERROR(MakeFolders(base_, path_));
  const std::string folder = absl::StrCat(base_, "/", path_);
  for (const char* part : {"tmp", "new", "cur"}) {
    RETURN_IF_ERROR(MakeFolders(folder, part));
  }
  return absl::OkStatus();
}

absl::Status Maildir::Store(const Letter& letter,
                            const std::string& name) const {
  const std::string folder = absl::StrCat(base_, "/", path_);
  const std::string temporary = absl::StrCat(folder, "tmp/", name);
  UniqueFd fd(::open(temporary.c_str(),
                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                     kFileMode));
  if (!fd.is_open()) return FileError(temporary);
  LetterFile file(fd.get(), temporary, limit_bytes_);
  absl::Status status = file.Write(letter, LetterText::Form::kMaildir, "");
  if (status.ok() && ::fsync(fd.get()) != 0) status = FileError(temporary);
  // close() too may be the one to say that a quota or a disk is full (NFS).
  if (::close(fd.Release()) != 0 && status.ok()) status = FileError(temporary);
  const std::string folder_new = absl::StrCat(folder, "new");
  const std::string final_path = absl::StrCat(folder_new, "/", name);
  if (status.ok() && ::rename(temporary.c_str(), final_path.c_str()) != 0) {
    status = FileError(final_path);
  }
  if (!status.ok()) {
    ::unlink(temporary.c_str());
    return status;
  }
  return SyncFolder(folder_new);
}

queue::Outcome Maildir::Deliver(const Letter& letter) const {
  const absl::StatusOr<bool> has_been_here = HasBeenHere(letter);
  if (!has_been_here.ok()) return OutcomeOfError(has_been_here.status());
  if (*has_been_here) return LoopTo(letter.recipient);
  const std::string name = UniqueName(letter.now, hostname_);
  absl::Status status = Store(letter, name);
  if (absl::IsNotFound(status)) {
    status = MakeAllFolders();
    if (status.ok()) status = Store(letter, name);
  }
  return status.ok() ? Delivered("2.0.0", "delivered to maildir")
                     : OutcomeOfWriting(status);
}

}  // namespace postern::mta::outbound
