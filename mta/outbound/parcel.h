// What goes to one next hop in one transaction: a message and those of its
// recipients that are reached there.
//
// Threads: a value; what it refers to must outlive it.

#ifndef POSTERN_MTA_OUTBOUND_PARCEL_H_
#define POSTERN_MTA_OUTBOUND_PARCEL_H_

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
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_PARCEL_H_
