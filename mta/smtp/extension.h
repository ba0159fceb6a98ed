// The service extensions of SMTP that we know, as a server offers them.
//
//   Reply{250, "", EhloText("mx.example.org", ours)}   // what our server says
//   const Extensions theirs = ParseEhlo(reply);        // what a server said
//
// Source:  RFC 5321 section 4.1.1.1; RFC 2920 (PIPELINING), RFC 1870 (SIZE),
//          RFC 6152 (8BITMIME), RFC 2034 (ENHANCEDSTATUSCODES), RFC 3461 (DSN),
//          RFC 6531 (SMTPUTF8), RFC 8689 (REQUIRETLS), RFC 3030 (CHUNKING),
//          RFC 3207 (STARTTLS), RFC 4954 (AUTH), RFC 9422 (LIMITS); Postfix,
//          XCLIENT_README and XFORWARD_README.
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
  bool chunking = false;
  bool starttls = false;
  std::string auth_mechanisms;  // "PLAIN LOGIN"; empty: no AUTH.
  // AUTH stands there a second time, as an old draft had it ("AUTH="), or only
  // so.
  bool auth_with_equals_sign = false;
  // Of LIMITS; 0: not declared.
  uint32_t max_recipients = 0;  // Of a message.
  uint32_t max_messages = 0;    // Of a session.
  bool xclient = false;
  bool xforward = false;
  bool xhandoff = false;  // docs/formats/handoff.md

  friend bool operator==(const Extensions&, const Extensions&) = default;
};

// Returns the text of a reply to EHLO: the host's name, then a keyword a line.
std::string EhloText(absl::string_view hostname, const Extensions& offered);

// Takes the extension `keyword` out of `offered`, whatever its letters' case.
// Returns false if we know none of that name.
bool Withdraw(absl::string_view keyword, Extensions& offered);

// Reads a server's positive reply to EHLO. Keywords that we do not know, and
// values that are out of range, are passed over.
Extensions ParseEhlo(const Reply& reply);

}  // namespace postern::mta::smtp

#endif  // POSTERN_MTA_SMTP_EXTENSION_H_
