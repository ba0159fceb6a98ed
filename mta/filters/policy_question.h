// What a policy service is told, and how that looks on the wire.
//
// Source:  Postfix 3.7 to 3.12, SMTPD_POLICY_README: every attribute, in the
//          order in which smtpd(8) sends them. Two of them are ours to fill in:
//          compatibility_level is 3.6, whose defaults and meanings are ours,
//          and mail_version is Postern's own.
// Threads: a value; pure.
// Limits:  a value 2 KiB, a longer one is cut; what could end a line in it
//          becomes '?' (lib/policy/request.h).

#ifndef POSTERN_MTA_FILTERS_POLICY_QUESTION_H_
#define POSTERN_MTA_FILTERS_POLICY_QUESTION_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace postern::mta::filters {

// At which command the question is asked. With smtpd_delay_reject that is RCPT
// for all lists up to the recipient's; BDAT counts as DATA.
enum class ProtocolState {
  kConnect,
  kEhlo,
  kHelo,
  kMail,
  kRcpt,
  kData,
  kEndOfMessage,
  kVrfy,
  kEtrn,
};

// Returns "END-OF-MESSAGE" and the like: the value of protocol_state.
absl::string_view ProtocolStateName(ProtocolState state);

// What is known of the session and the transaction when the question is asked;
// what is not known yet is empty or 0. The views must outlive it.
struct PolicyQuestion {
  ProtocolState protocol_state = ProtocolState::kRcpt;
  absl::string_view protocol_name = "";  // "SMTP" or "ESMTP".
  absl::string_view client_address = "";
  uint16_t client_port = 0;
  absl::string_view client_name = "";  // "unknown" if it is not verified.
  absl::string_view reverse_client_name = "";  // "unknown" if there is none.
  absl::string_view server_address = "";
  uint16_t server_port = 0;
  absl::string_view helo_name = "";
  absl::string_view sender = "";
  // At DATA and the end of the message only if there is no other.
  absl::string_view recipient = "";
  // Those accepted so far. Sent at DATA and the end of the message, where it
  // is final; 0 before.
  uint64_t recipient_count = 0;
  absl::string_view queue_id = "";  // From MAIL on.
  // The same for all questions about one message, and for no other.
  absl::string_view instance = "";
  // What MAIL declared, 0 if nothing; at the end of the message its true size.
  int64_t size_bytes = 0;
  absl::string_view etrn_domain = "";
  absl::string_view stress = "";  // "yes" under overload.

  absl::string_view sasl_method = "";
  absl::string_view sasl_username = "";
  absl::string_view sasl_sender = "";  // The AUTH parameter of MAIL.

  // Common names of a client certificate that was verified, in UTF-8.
  absl::string_view ccert_subject = "";
  absl::string_view ccert_issuer = "";
  // Of any client certificate: "C2:9D:F4:…".
  absl::string_view ccert_fingerprint = "";
  absl::string_view ccert_pubkey_fingerprint = "";
  absl::string_view encryption_protocol = "";  // "TLSv1.3".
  absl::string_view encryption_cipher = "";
  int encryption_keysize = 0;
  absl::string_view tls_sni = "";

  // smtpd_policy_service_policy_context, which the client puts in.
  absl::string_view policy_context = "";

  // For the log.
  absl::string_view session = "";
};

// Returns the question as it goes over the wire.
std::string FormatQuestion(const PolicyQuestion& question);

}  // namespace postern::mta::filters

#endif  // POSTERN_MTA_FILTERS_POLICY_QUESTION_H_
