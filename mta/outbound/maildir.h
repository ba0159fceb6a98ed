// A Maildir that mail is delivered into.
//
// A delivered message survives a crash: it is written to tmp/, synced, moved to
// new/ and the directory synced before Deliver() says so. Readers never see a
// part of one. What the letter looks like is in letter.h.
//
//   ASSIGN_OR_RETURN(Maildir box, Maildir::At(base, "example.org/a/", host));
//   queue::Outcome outcome = box.Deliver(letter);   // blocks
//
// The path comes from a table of ours, not from the message; it must stay below
// the base, and nothing remote ever becomes part of a file's name.
//
// Source:  Maildir (D. J. Bernstein), https://cr.yp.to/proto/maildir.html.
// Errors:  At() returns InvalidArgument for a path that is no Maildir of ours.
//          Deliver() never fails: what an error means is in folder.h; a message
//          that has been delivered to the same address before is failed with
//          5.4.6, one that is larger than the limit with 5.2.2.
// Threads: safe to share. Blocking: run Deliver() on the blocking pool.

#ifndef POSTERN_MTA_OUTBOUND_MAILDIR_H_
#define POSTERN_MTA_OUTBOUND_MAILDIR_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mta/outbound/letter.h"
#include "mta/queue/outcome.h"

namespace postern::mta::outbound {

class Maildir {
 public:
  // `path` is relative to `base`, ends with a slash, and has no empty part and
  // no part that begins with a dot. `hostname` ends the files' names. A letter
  // has at most `limit_bytes`; 0: any.
  static absl::StatusOr<Maildir> At(const std::string& base,
                                    absl::string_view path,
                                    absl::string_view hostname,
                                    int64_t limit_bytes);

  // Delivers. The folders below the base are made as needed, for us alone; the
  // base itself must exist (it may be a mount that is not there).
  queue::Outcome Deliver(const Letter& letter) const;

 private:
  Maildir(std::string base, std::string path, std::string hostname,
          int64_t limit_bytes);

  absl::Status MakeAllFolders() const;
  // Writes tmp/`name`, moves it to new/ and syncs both.
  absl::Status Store(const Letter& letter, const std::string& name) const;

  std::string base_;      // Without a slash at the end.
  std::string path_;      // With a slash at the end.
  std::string hostname_;  // Fit for a file name.
  int64_t limit_bytes_;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_MAILDIR_H_
