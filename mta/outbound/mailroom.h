// Takes mail to the mailboxes of this machine: those of virtual_mailbox_domains
// (virtual(8)) and those of the users of mydestination (local(8)).
//
// A mailbox whose name ends with a slash is a Maildir, any other an mbox. One
// that is locked is tried again, deliver_lock_attempts times.
//
//   queue::Outcome outcome = co_await mailroom.DeliverToUser("jean", letter);
//
// A user's mailbox is home_mailbox in the home directory, or the file named for
// the user in mail_spool_directory. A relay that runs as root writes it as the
// user; else it is the relay's own. There are no .forward files.
//
// A file that an alias names is a mailbox of its own, of default_privs.
//
// Errors:  Create() returns InvalidArgument; the text starts with the config
//          field at fault. A delivery never fails: a table that cannot be asked
//          or a wrong mailbox defers, who does not exist is failed with 5.1.1.
// Threads: immutable; on any reactor. Disks are waited for elsewhere.

#ifndef POSTERN_MTA_OUTBOUND_MAILROOM_H_
#define POSTERN_MTA_OUTBOUND_MAILROOM_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/mail/address.h"
#include "lib/net/task.h"
#include "lib/table/table.h"
#include "mta/outbound/acting_as.h"
#include "mta/outbound/letter.h"
#include "mta/queue/outcome.h"
#include "mta/rewriting/address_book.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::outbound {

class Mailroom {
 public:
  // `config` has its references expanded.
  static absl::StatusOr<std::unique_ptr<Mailroom>> Create(
      const config::v1::Mta& config);

  // Delivers to the mailbox that `book` has for `recipient`. What the
  // parameters refer to must outlive the task.
  net::Task<queue::Outcome> DeliverToMailbox(const rewriting::AddressBook& book,
                                             mail::Address recipient,
                                             Letter letter) const;

  // Delivers to the user of a local part; an extension behind one of the
  // `delimiters` is not part of its name.
  net::Task<queue::Outcome> DeliverToUser(std::string local_part,
                                          std::string delimiters,
                                          Letter letter) const;

  // Delivers to a file that an alias names by its whole path. The folder that
  // it is in must exist; its last part must not begin with a dot.
  net::Task<queue::Outcome> DeliverToFile(std::string path,
                                          Letter letter) const;

 private:
  struct Box {
    std::string base;
    std::string path;
    int64_t limit_bytes = 0;
    std::optional<FileOwner> owner;
  };

  Mailroom() = default;
  absl::Status OpenTables(const config::v1::Mta& config);
  // Who the mailbox of `recipient` belongs to; nullopt: us.
  net::Task<absl::StatusOr<std::optional<FileOwner>>> OwnerOf(
      mail::Address recipient) const;
  // NotFound: there is no such user.
  net::Task<absl::StatusOr<Box>> BoxOfUser(std::string user) const;
  net::Task<queue::Outcome> DeliverTo(Box box, Letter letter) const;
  std::optional<queue::Outcome> TryToDeliver(const Box& box,
                                             const Letter& letter) const;

  std::string hostname_;
  std::string virtual_base_;
  int64_t virtual_limit_bytes_ = 0;
  int64_t local_limit_bytes_ = 0;
  std::string home_mailbox_;
  std::string spool_directory_;
  uint32_t minimum_uid_ = 100;
  uint32_t lock_attempts_ = 20;
  absl::Duration lock_delay_ = absl::Seconds(1);
  rewriting::AddressMap uids_;
  rewriting::AddressMap gids_;
  std::unique_ptr<table::Table> users_;
  bool files_ = false;  // Aliases may name some.
  std::optional<FileOwner> owner_of_files_;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_MAILROOM_H_
