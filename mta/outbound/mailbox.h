// A Maildir that mail is delivered into.
//
// A delivered message survives a crash: it is written to tmp/, synced, moved to
// new/ and the directory synced before Deliver() says so. Readers never see a
// part of one. Lines end in LF, as Maildir readers expect, and the message gets
// two fields in front: Return-Path and Delivered-To.
//
//   ASSIGN_OR_RETURN(Mailbox mailbox, Mailbox::At(base, "example.org/a/"));
//   queue::Outcome outcome = mailbox.Deliver(letter);   // blocks
//
// The path comes from a table of ours, not from the message; it must stay below
// the base, and nothing remote ever becomes part of a file's name.
//
// Source:  Maildir (D. J. Bernstein), https://cr.yp.to/proto/maildir.html;
//          RFC 5321 section 4.4 (Return-Path), RFC 9228 (Delivered-To).
// Errors:  At() returns InvalidArgument for a path that is no Maildir of ours.
//          Deliver() never fails: disk full is deferred with 4.3.1, over quota
//          with 4.2.2, any other error with 4.2.0; a message that has been
//          delivered to the same address before is failed with 5.4.6.
// Threads: safe to share. Blocking: run Deliver() on the blocking pool.
// Limits:  the first 256 KiB of the header are searched for Delivered-To.

#ifndef POSTERN_MTA_OUTBOUND_MAILBOX_H_
#define POSTERN_MTA_OUTBOUND_MAILBOX_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mta/queue/courier.h"

namespace postern::mta::outbound {

// One message for one mailbox.
struct Letter {
  absl::string_view sender;     // Without brackets; empty: the null sender.
  absl::string_view recipient;  // Becomes Delivered-To.
  absl::Time now;               // The first part of the file's name.
  const queue::Content* content = nullptr;
};

class Mailbox {
 public:
  // `path` is relative to `base`, ends with a slash, and has no empty part and
  // no part that begins with a dot. `hostname` ends the files' names.
  static absl::StatusOr<Mailbox> At(const std::string& base,
                                    absl::string_view path,
                                    absl::string_view hostname);

  // Delivers. The folders below the base are made as needed, for us alone; the
  // base itself must exist (it may be a mount that is not there).
  queue::Outcome Deliver(const Letter& letter) const;

 private:
  Mailbox(std::string base, std::string path, std::string hostname);

  absl::Status MakeFolders() const;
  // Writes tmp/`name`, moves it to new/ and syncs both.
  absl::Status Store(const Letter& letter, absl::string_view prologue,
                     const std::string& name) const;

  std::string base_;      // Without a slash at the end.
  std::string path_;      // With a slash at the end.
  std::string hostname_;  // Fit for a file name.
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_MAILBOX_H_
