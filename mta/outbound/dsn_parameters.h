// What MAIL and RCPT say to a server that announces DSN, so that it takes over
// the duty to report.
//
//   absl::StrAppend(&wire, "MAIL FROM:<…>", MailDsn(envelope), "\r\n");
//   // MAIL FROM:<…> RET=HDRS ENVID=QQ314159
//
// Source:  RFC 3461 section 4 and 5.2.1 (passed on as received); RFC 6533
//          section 3 (an ORCPT beyond ASCII goes out in its ASCII form, which
//          every server may be told).
// Threads: pure.
// Limits:  ENVID of 100, ORCPT of 500 characters; what is longer, or is no
//          xtext, is left out (MTA-33).

#ifndef POSTERN_MTA_OUTBOUND_DSN_PARAMETERS_H_
#define POSTERN_MTA_OUTBOUND_DSN_PARAMETERS_H_

#include <string>

#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::outbound {

// Both return "" or parameters with a space before each.
std::string MailDsn(const spool::v1::Envelope& envelope);
std::string RcptDsn(const spool::v1::Recipient& recipient);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_DSN_PARAMETERS_H_
