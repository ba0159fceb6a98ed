// Makes a session's connection a TLS one: at its beginning (implicit TLS) or
// after STARTTLS.
//
//   CO_RETURN_IF_ERROR(co_await encryption.Begin());   // or close
//   step = dialogue.OnSecured();
//
// In the log: `tls_started` or `tls_failed` for each handshake.
//
// Source:  RFC 3207, RFC 8314 section 3.
// Errors:  Begin(): there is no connection any more, or the client has used up
//          its TLS handshakes (smtpd_client_new_tls_session_rate_limit).
//          Nothing may be said then, least of all in the clear (MTA-21).
// Threads: of the session.

#ifndef POSTERN_MTA_SERVER_ENCRYPTION_H_
#define POSTERN_MTA_SERVER_ENCRYPTION_H_

#include "absl/status/status.h"
#include "lib/net/task.h"
#include "lib/net/tls_facts.h"
#include "mta/filters/policy_question.h"
#include "mta/server/conversation.h"

namespace postern::mta::server {

class Encryption {
 public:
  // `conversation` must outlive it; its listener has TLS.
  explicit Encryption(Conversation& conversation)
      : conversation_(conversation) {}

  // Shakes hands within smtpd_starttls_timeout; conversation.tls has the facts
  // then. What was received before must have been used up (MTA-17).
  net::Task<absl::Status> Begin();

 private:
  void Report(const absl::Status& result) const;

  Conversation& conversation_;
};

// Tells a policy service what is known of a TLS connection. As in Postfix a
// name counts only if somebody vouches for it; a fingerprint speaks for itself.
// `facts` must outlive the question.
void DescribeTls(const net::TlsFacts& facts, filters::PolicyQuestion& question);

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_ENCRYPTION_H_
