// A key record, what the DNS has at selector._domainkey.domain.
//
//   const KeyRecord record = KeyRecord::Parse(txt.Joined());
//   if (record.fault.empty()) …record.key…
//
// Source:  RFC 6376 section 3.6.1, RFC 8301 (a record for sha1 alone is of no
//          use), RFC 8463. g=, of RFC 4871, means nothing any more.
// Threads: values; pure.
// Limits:  4096 bytes; the limits of crypto.h for the key (DK-01, DK-08,
// DK-09).

#ifndef POSTERN_LIB_DKIM_PUBLIC_KEY_H_
#define POSTERN_LIB_DKIM_PUBLIC_KEY_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/dkim/crypto.h"

namespace postern::dkim {

struct KeyRecord {
  std::string fault;               // Why the record is of no use; empty: it is.
  bool is_revoked = false;         // p= is empty; a fault.
  bool is_testing = false;         // t=y.
  bool has_strict_domain = false;  // t=s: i= must have the domain of d=.
  std::optional<PublicKey> key;    // Set if there is no fault.

  static KeyRecord Parse(absl::string_view text);
};

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_PUBLIC_KEY_H_
