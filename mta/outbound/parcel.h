// What goes to one next hop in one transaction: a message and those of its
// recipients that are reached there.
//
// Threads: a value; what it refers to must outlive it.

#ifndef POSTERN_MTA_OUTBOUND_PARCEL_H_
#define POSTERN_MTA_OUTBOUND_PARCEL_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mta/queue/courier.h"

namespace postern::mta::outbound {

struct Parcel {
  absl::string_view sender;  // Without brackets; empty: the null sender.
  std::vector<absl::string_view> recipients;
  // nullptr: a probe. Nothing is sent; a recipient counts as delivered when it
  // would be taken (address verification).
  const queue::Content* content = nullptr;
  bool body_8bitmime = false;
  bool smtputf8 = false;         // MAIL had it.
  bool has_utf8_header = false;  // Then only SMTPUTF8 can take it on.
  bool requiretls = false;
  // What MAIL says besides, to a server with DSN (dsn_parameters.h).
  std::string mail_dsn;
  // What each RCPT says; none, or as many as recipients.
  std::vector<std::string> rcpt_dsn;
};

// Returns the parcel for those recipients of the errand; valid as long as that.
Parcel MakeParcel(const queue::Errand& errand,
                  const std::vector<size_t>& recipients);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_PARCEL_H_
