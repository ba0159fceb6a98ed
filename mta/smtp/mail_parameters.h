// The parameters of MAIL and RCPT.
//
// What they may be depends on what our server offers to this client: any other
// is refused, as is each that comes twice.
//
// Source:  RFC 5321 section 4.1.2; RFC 1870 (SIZE), RFC 6152 (BODY), RFC 6531
//          (SMTPUTF8), RFC 3461 section 4 (RET, ENVID, NOTIFY, ORCPT), RFC 6533
//          section 3 (ORCPT=utf-8;), RFC 4954 section 5 (AUTH), RFC 8689
//          section 3 (REQUIRETLS).
// Errors:  the reply attached (reply.h): 555 5.5.4 for a parameter that is not
//          offered, 501 5.5.4 for a wrong value.
// Threads: pure.
// Limits:  ENVID 100 bytes, ORCPT 500, AUTH 500, in xtext. What an xtext stands
//          for is printable ASCII: no NUL, no line end gets in this way
//          (MTA-25, MTA-34).

#ifndef POSTERN_MTA_SMTP_MAIL_PARAMETERS_H_
#define POSTERN_MTA_SMTP_MAIL_PARAMETERS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mta/smtp/extension.h"

namespace postern::mta::smtp {

struct MailParameters {
  enum class Return { kUnset, kFull, kHeaders };

  // What SIZE= declares; 0: nothing. Too large for an int64: its maximum.
  int64_t size_bytes = 0;
  bool body_8bitmime = false;
  bool smtputf8 = false;
  bool requiretls = false;
  Return dsn_return = Return::kUnset;
  std::string envelope_id;  // Still xtext; empty: none.
  // AUTH=: who submitted the message; empty: "<>", nobody we know.
  std::optional<std::string> auth;
};

struct RcptParameters {
  // All false: NOTIFY was not given.
  bool notify_never = false;
  bool notify_success = false;
  bool notify_failure = false;
  bool notify_delay = false;
  // ORCPT: "rfc822;" and the address, still xtext; empty: none.
  std::string original_recipient;
};

// Reads what follows the address.
absl::Status ReadMailParameters(absl::string_view text,
                                const Extensions& offered,
                                MailParameters& parameters);
absl::Status ReadRcptParameters(absl::string_view text,
                                const Extensions& offered,
                                RcptParameters& parameters);

}  // namespace postern::mta::smtp

#endif  // POSTERN_MTA_SMTP_MAIL_PARAMETERS_H_
