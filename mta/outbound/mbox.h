// A mailbox that is one file with all its messages: mbox.
//
// The file is locked twice, as all programs that know mbox do it: by a file
// beside it, "<path>.lock", and by a lock of the system. A delivered message is
// synced; when something fails on the way the file is cut back to what it was,
// so that no part of a message stays behind.
//
//   ASSIGN_OR_RETURN(Mbox box, Mbox::At(base, "example.org/sophie", limit));
//   std::optional<queue::Outcome> outcome = box.Deliver(letter);   // blocks
//   if (!outcome) try again in a second: somebody else has it locked
//
// Only a file with one name and no symbolic link is written to; the path comes
// from a table of ours and must stay below the base.
//
// Source:  mbox(5), RFC 4155; Postfix: virtual(8), local(8), postconf(5)
//          deliver_lock_attempts, stale_lock_time.
// Errors:  At() returns InvalidArgument for a path that is no mbox of ours.
//          Deliver() never fails: what an error means is in folder.h; a message
//          that has been delivered to the same address before is failed with
//          5.4.6, one for which the file has no room with 5.2.2.
// Threads: safe to share: the locks hold between threads too. Blocking.

#ifndef POSTERN_MTA_OUTBOUND_MBOX_H_
#define POSTERN_MTA_OUTBOUND_MBOX_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mta/outbound/letter.h"
#include "mta/queue/outcome.h"

namespace postern::mta::outbound {

class Mbox {
 public:
  // A lock file that old belonged to a program that is gone: stale_lock_time.
  static constexpr absl::Duration kStaleLock = absl::Seconds(500);

  // `path` is relative to `base`, does not end with a slash, and has no empty
  // part and no part that begins with a dot. The file has at most
  // `limit_bytes`; 0: any number.
  static absl::StatusOr<Mbox> At(const std::string& base,
                                 absl::string_view path, int64_t limit_bytes);

  // Delivers; nullopt: the mailbox is locked. The file and the folders below
  // the base are made as needed; the base itself must exist.
  std::optional<queue::Outcome> Deliver(const Letter& letter) const;

 private:
  Mbox(std::string base, std::string path, int64_t limit_bytes);

  // Aborted: somebody else has it locked.
  absl::Status Store(const Letter& letter) const;
  absl::Status Append(const Letter& letter, int fd) const;
  absl::Status AppendLocked(const Letter& letter, int fd,
                            int64_t size_bytes) const;
  absl::Status TakeLockFile(const std::string& lock) const;

  std::string base_;  // Without a slash at the end.
  std::string path_;  // Below it.
  std::string file_;  // Both.
  int64_t limit_bytes_;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_MBOX_H_
