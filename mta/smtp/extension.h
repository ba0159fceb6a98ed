// The service extensions of SMTP that we know, as a server offers them.
//
//   Reply{250, "", EhloText("mx.example.org", ours)}   // what our server says
//   const Extensions theirs = ParseEhlo(reply);        // what a server said
//
// Source:  RFC 5321 section 4.1.1.1; RFC 2920 (PIPELINING), RFC 1870 (SIZE),
//          RFC 6152 (8BITMIME), RFC 2034 (ENHANCEDSTATUSCODES), RFC 6531
//          (SMTPUTF8), RFC 3461 (DSN), RFC 8689 (REQUIRETLS).
// Threads: pure.

#ifndef POSTERN_MTA_SMTP_EXTENSION_H_
#define POSTERN_MTA_SMTP_EXTENSION_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "mta/smtp/reply.h"

namespace postern::mta::smtp {

struct Extensions {
  bool pipelining = false;
  bool size = false;
  int64_t size_limit_bytes = 0;  // Of SIZE; 0: none declared.
  bool eight_bit_mime = false;
  bool enhanced_status_codes = false;
  bool smtputf8 = false;
  bool dsn = false;
  bool requiretls = false;  // Believe it only under TLS.

  friend bool operator==(const Extensions&, const Extensions&) = default;
};

// Returns the text of a reply to EHLO: the host's name, then a keyword a line.
std::string EhloText(absl::string_view hostname, const Extensions& offered);

// Reads a server's positive reply to EHLO. Keywords that we do not know, and
// values that are out of range, are passed over.
Extensions ParseEhlo(const Reply& reply);

}  // namespace postern::mta::smtp

#endif  // POSTERN_MTA_SMTP_EXTENSION_H_
