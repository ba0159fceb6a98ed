#include "mta/outbound/mailbox.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/file.h"
#include "lib/base/printable.h"
#include "lib/base/random.h"
#include "lib/base/status_macros.h"
#include "lib/base/unique_fd.h"
#include "lib/mail/utf8.h"
#include "mta/outbound/outcome.h"

namespace postern::mta::outbound {
namespace {

constexpr int kFolderMode = 0700;
constexpr int kFileMode = 0600;
constexpr size_t kHeaderBytes = 256 << 10;
constexpr size_t kWriteBytes = 256 << 10;

// Attached to an error: it is the user who has no room, not the disk.
constexpr absl::string_view kOverQuota = "postern.mta.outbound/over_quota";

absl::Status Error(absl::string_view what) {
  const int error = errno;
  absl::Status status = ErrnoStatus(error, what);
  if (error == EDQUOT) status.SetPayload(kOverQuota, absl::Cord());
  return status;
}

queue::Outcome OutcomeOfError(const absl::Status& status) {
  if (status.GetPayload(kOverQuota)) {
    return Deferred("4.2.2", "mailbox is over its quota");
  }
  if (absl::IsResourceExhausted(status)) {
    return Deferred("4.3.1", "no room for the mailbox");
  }
  if (absl::IsDataLoss(status)) {
    return Deferred("4.3.0", absl::StrCat("cannot read the queued message: ",
                                          status.message()));
  }
  return Deferred("4.2.0", absl::StrCat("cannot deliver to the mailbox: ",
                                        status.message()));
}

absl::Status SyncFolder(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open() || ::fsync(fd.get()) != 0) return Error(path);
  return absl::OkStatus();
}

// Makes a folder, durably, if it is not there.
absl::Status MakeFolder(const std::string& parent, const std::string& path) {
  if (::mkdir(path.c_str(), kFolderMode) == 0) return SyncFolder(parent);
  return errno == EEXIST ? absl::OkStatus() : Error(path);
}

// Collects text and writes it in large pieces, with LF for every CR LF.
class LfWriter {
 public:
  LfWriter(int fd, const std::string& path) : fd_(fd), path_(path) {}

  absl::Status Append(absl::string_view text) {
    while (!text.empty()) {
      if (after_cr_ && text[0] != '\n') buffer_ += '\r';
      const size_t cr = text.find('\r');
      absl::StrAppend(&buffer_, text.substr(0, cr));
      after_cr_ = cr != absl::string_view::npos;
      text.remove_prefix(after_cr_ ? cr + 1 : text.size());
    }
    return buffer_.size() < kWriteBytes ? absl::OkStatus() : Flush();
  }

  absl::Status Finish() {
    if (std::exchange(after_cr_, false)) buffer_ += '\r';
    return Flush();
  }

 private:
  absl::Status Flush() {
    absl::string_view rest = buffer_;
    while (!rest.empty()) {
      const ssize_t n = ::write(fd_, rest.data(), rest.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return Error(path_);
      rest.remove_prefix(n);
    }
    buffer_.clear();
    return absl::OkStatus();
  }

  const int fd_;
  const std::string& path_;
  std::string buffer_;
  bool after_cr_ = false;
};

// Returns the header, or as much of it as counts.
absl::StatusOr<std::string> HeaderOf(const queue::Content& content) {
  std::string header;
  for (int i = 0; i < content.pieces() && header.size() < kHeaderBytes; ++i) {
    const size_t from = header.size() < 4 ? 0 : header.size() - 3;
    ASSIGN_OR_RETURN(const std::string piece, content.Piece(i));
    header += piece;
    const size_t end = header.find("\r\n\r\n", from);
    if (end != std::string::npos) {
      header.resize(end + 2);
      break;
    }
  }
  return header;
}

// RFC 9228: the address is in a Delivered-To field once it has been here.
bool HasDeliveredTo(absl::string_view header, absl::string_view recipient) {
  for (absl::string_view line : absl::StrSplit(header, '\n')) {
    if (!absl::StartsWithIgnoreCase(line, "delivered-to:")) continue;
    line.remove_prefix(strlen("delivered-to:"));
    if (absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(line), recipient)) {
      return true;
    }
  }
  return false;
}

// "time.Mmicroseconds P pid Q count R random . host": unique on every machine
// that shares the folder.
std::string UniqueName(absl::Time now, const std::string& hostname) {
  static std::atomic<uint64_t> count = 0;
  const int64_t micros = absl::ToUnixMicros(now);
  return absl::StrFormat("%d.M%dP%dQ%dR%s.%s", micros / 1'000'000,
                         micros % 1'000'000, ::getpid(), ++count, RandomName(8),
                         hostname);
}

bool IsPlainPart(absl::string_view part) {
  return !part.empty() && part[0] != '.' && part.size() <= 255 &&
         absl::c_none_of(part, [](unsigned char c) { return c < ' '; });
}

}  // namespace

absl::StatusOr<Mailbox> Mailbox::At(const std::string& base,
                                    absl::string_view path,
                                    absl::string_view hostname) {
  const auto bad = [&path](absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("mailbox \"", Printable(path), "\": ", why));
  };
  if (base.empty()) return bad("virtual_mailbox_base is not set");
  absl::string_view folder = path;
  if (!absl::ConsumeSuffix(&folder, "/")) {
    return bad("a Maildir must end with a slash");
  }
  for (const absl::string_view part : absl::StrSplit(folder, '/')) {
    if (!IsPlainPart(part)) return bad("not a plain path below the base");
  }
  return Mailbox(std::string(absl::StripSuffix(base, "/")), std::string(path),
                 absl::StrReplaceAll(Printable(hostname, 64),
                                     {{"/", "\\057"}, {":", "\\072"}}));
}

Mailbox::Mailbox(std::string base, std::string path, std::string hostname)
    : base_(std::move(base)),
      path_(std::move(path)),
      hostname_(std::move(hostname)) {}

absl::Status Mailbox::MakeFolders() const {
  std::string parent = base_;
  for (const absl::string_view part :
       absl::StrSplit(path_, '/', absl::SkipEmpty())) {
    const std::string folder = absl::StrCat(parent, "/", part);
    RETURN_IF_ERROR(MakeFolder(parent, folder));
    parent = folder;
  }
  for (const char* part : {"tmp", "new", "cur"}) {
    RETURN_IF_ERROR(MakeFolder(parent, absl::StrCat(parent, "/", part)));
  }
  return absl::OkStatus();
}

absl::Status Mailbox::Store(const Letter& letter, absl::string_view prologue,
                            const std::string& name) const {
  const std::string folder = absl::StrCat(base_, "/", path_);
  const std::string temporary = absl::StrCat(folder, "tmp/", name);
  UniqueFd fd(::open(temporary.c_str(),
                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                     kFileMode));
  if (!fd.is_open()) return Error(temporary);
  LfWriter writer(fd.get(), temporary);
  absl::Status status = writer.Append(prologue);
  for (int i = 0; status.ok() && i < letter.content->pieces(); ++i) {
    const absl::StatusOr<std::string> piece = letter.content->Piece(i);
    status = piece.ok() ? writer.Append(*piece) : piece.status();
  }
  if (status.ok()) status = writer.Finish();
  if (status.ok() && ::fsync(fd.get()) != 0) status = Error(temporary);
  // close() too may be the one to say that a quota or a disk is full (NFS).
  if (::close(fd.Release()) != 0 && status.ok()) status = Error(temporary);
  const std::string folder_new = absl::StrCat(folder, "new");
  const std::string final_path = absl::StrCat(folder_new, "/", name);
  if (status.ok() && ::rename(temporary.c_str(), final_path.c_str()) != 0) {
    status = Error(final_path);
  }
  if (!status.ok()) {
    ::unlink(temporary.c_str());
    return status;
  }
  return SyncFolder(folder_new);
}

queue::Outcome Mailbox::Deliver(const Letter& letter) const {
  const absl::StatusOr<std::string> header = HeaderOf(*letter.content);
  if (!header.ok()) return OutcomeOfError(header.status());
  if (HasDeliveredTo(*header, letter.recipient)) {
    return Failed("5.4.6",
                  absl::StrCat("mail forwarding loop for ", letter.recipient));
  }
  const std::string prologue = absl::StrCat(
      "Return-Path: <", mail::PrintableUtf8(letter.sender, 1000),
      ">\r\nDelivered-To: ", mail::PrintableUtf8(letter.recipient, 1000),
      "\r\n");
  const std::string name = UniqueName(letter.now, hostname_);
  absl::Status status = Store(letter, prologue, name);
  if (absl::IsNotFound(status)) {
    status = MakeFolders();
    if (status.ok()) status = Store(letter, prologue, name);
  }
  return status.ok() ? Delivered("2.0.0", "delivered to maildir")
                     : OutcomeOfError(status);
}

}  // namespace postern::mta::outbound
