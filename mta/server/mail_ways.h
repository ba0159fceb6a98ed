// Where mail for an address would go, in Postfix's words: what filters are told
// in {mail_mailer}, {mail_host}, {rcpt_mailer} and {rcpt_host}.
//
//   CO_ASSIGN_OR_RETURN(MailWays::Way way, co_await ways.Find(sender, to));
//   way.mailer   // "smtp", "relay", "virtual", "local", "error", a pipe's name
//   way.host     // "[smarthost.example]:587", "example.org"
//
// The address counts as it is: aliases stand for themselves here. It is what
// Postfix's trivial-rewrite(8) says, not what a delivery will find in the DNS.
//
// Errors:  a table cannot be asked, or has a wrong value.
// Threads: immutable once created; safe to share.

#ifndef POSTERN_MTA_SERVER_MAIL_WAYS_H_
#define POSTERN_MTA_SERVER_MAIL_WAYS_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "lib/net/task.h"
#include "mta/rewriting/address_book.h"
#include "mta/routing/transport_map.h"

namespace postern::mta::server {

class MailWays {
 public:
  struct Way {
    std::string mailer;
    std::string host;  // The text of error, retry and discard.

    friend bool operator==(const Way&, const Way&) = default;
  };
  struct Parts {
    std::shared_ptr<const rewriting::AddressBook> addresses;
    std::shared_ptr<const routing::TransportMap> transports;
    std::string relayhost;
    std::string myhostname;
  };

  explicit MailWays(Parts parts) : parts_(std::move(parts)) {}

  // `address` is without brackets; the null sender is MAILER-DAEMON here. The
  // object must outlive the task.
  net::Task<absl::StatusOr<Way>> Find(std::string sender,
                                      std::string address) const;

 private:
  Way WayOf(const routing::Transport& transport,
            const mail::Address& address) const;

  Parts parts_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_MAIL_WAYS_H_
