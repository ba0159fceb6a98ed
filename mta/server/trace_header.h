// The lines that we put in front of a message: Received, and what policy
// services asked for.
//
// Nothing that came from outside can end a line, close a comment or look like
// another clause: it is reduced to characters that cannot (security catalogue
// MTA-34).
//
//   Received: from mail.example.net (host.example.net [192.0.2.1])
//           by mx.example.org (Postern) with ESMTP id 0dk3v9zq1h7xw
//           for <a@example.org>; Tue, 24 Nov 2026 05:00:00 +0000
//
// Source:  RFC 5321 section 4.4; RFC 3848, RFC 6531 section 4.3 (with). The
// clause "for" is there
//          only for a single recipient: nobody learns of others.
// Threads: pure.

#ifndef POSTERN_MTA_SERVER_TRACE_HEADER_H_
#define POSTERN_MTA_SERVER_TRACE_HEADER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/net/ip.h"
#include "lib/net/tls_facts.h"

namespace postern::mta::server {

// How a message came in: the clause "with".
struct Protocol {
  bool is_esmtp = false;
  bool is_tls = false;
  bool is_authenticated = false;
  bool is_smtputf8 = false;
};

// Returns "ESMTPSA" and the like.
std::string ProtocolName(const Protocol& protocol);

struct Trace {
  absl::string_view helo_name;
  absl::string_view client_name;     // Verified, or "unknown".
  absl::string_view client_address;  // "192.0.2.1", "2001:db8::1", "unknown".
  absl::string_view myhostname;
  Protocol protocol;
  // What is shown of a TLS connection; nullptr: nothing.
  const net::TlsFacts* tls_facts = nullptr;
  bool is_certificate_asked = false;
  absl::string_view user = "";  // Shown if it is not empty.
  absl::string_view queue_id;
  absl::string_view only_recipient;  // Empty: there are several.
  absl::Time now;
};

// Returns the Received field with its last CR LF.
std::string FormatReceived(const Trace& trace);

// Appends `header`, "Name: value" from a policy service, as one header field
// with its CR LF. Returns false, and appends nothing, if it is none.
bool AppendHeader(absl::string_view header, std::string& fields);

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_TRACE_HEADER_H_
