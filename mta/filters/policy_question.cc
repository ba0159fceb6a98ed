#include "mta/filters/policy_question.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/daemon/flags.h"
#include "lib/policy/client.h"
#include "lib/policy/request.h"

namespace postern::mta::filters {
namespace {

// Postfix's, in whose words our configuration speaks.
constexpr absl::string_view kCompatibilityLevel = "3.6";

// RFC 3461 section 4; the names in certificates come this way since Postfix
// 2.2.11.
std::string Xtext(absl::string_view text) {
  std::string encoded;
  for (const unsigned char c : text) {
    if (c == '+' || c <= ' ' || c > '~') {
      absl::StrAppendFormat(&encoded, "+%02X", c);
    } else {
      encoded += static_cast<char>(c);
    }
  }
  return encoded;
}

// Recipients are still to come in all other states.
uint64_t FinalRecipientCount(const PolicyQuestion& question) {
  return question.protocol_state == ProtocolState::kData ||
                 question.protocol_state == ProtocolState::kEndOfMessage
             ? question.recipient_count
             : 0;
}

}  // namespace

absl::string_view ProtocolStateName(ProtocolState state) {
  switch (state) {
    case ProtocolState::kConnect:
      return "CONNECT";
    case ProtocolState::kEhlo:
      return "EHLO";
    case ProtocolState::kHelo:
      return "HELO";
    case ProtocolState::kMail:
      return "MAIL";
    case ProtocolState::kRcpt:
      return "RCPT";
    case ProtocolState::kData:
      return "DATA";
    case ProtocolState::kEndOfMessage:
      return "END-OF-MESSAGE";
    case ProtocolState::kVrfy:
      return "VRFY";
    case ProtocolState::kEtrn:
      return "ETRN";
  }
  return "";
}

std::string FormatQuestion(const PolicyQuestion& question) {
  using policy::Attribute;
  std::string text;
  text.reserve(1024);
  const auto add = [&text](Attribute attribute, absl::string_view value) {
    policy::AppendAttribute(attribute, value, text);
  };
  add(Attribute::kRequest, policy::kAccessPolicy);
  add(Attribute::kProtocolState, ProtocolStateName(question.protocol_state));
  add(Attribute::kProtocolName, question.protocol_name);
  add(Attribute::kClientAddress, question.client_address);
  add(Attribute::kClientName, question.client_name);
  add(Attribute::kClientPort, absl::StrCat(question.client_port));
  add(Attribute::kReverseClientName, question.reverse_client_name);
  add(Attribute::kServerAddress, question.server_address);
  add(Attribute::kServerPort, absl::StrCat(question.server_port));
  add(Attribute::kHeloName, question.helo_name);
  add(Attribute::kSender, question.sender);
  add(Attribute::kRecipient, question.recipient);
  add(Attribute::kRecipientCount, absl::StrCat(FinalRecipientCount(question)));
  add(Attribute::kQueueId, question.queue_id);
  add(Attribute::kInstance, question.instance);
  add(Attribute::kSize, absl::StrCat(question.size_bytes));
  add(Attribute::kEtrnDomain, question.etrn_domain);
  add(Attribute::kStress, question.stress);
  add(Attribute::kSaslMethod, question.sasl_method);
  add(Attribute::kSaslUsername, question.sasl_username);
  add(Attribute::kSaslSender, question.sasl_sender);
  add(Attribute::kCcertSubject, Xtext(question.ccert_subject));
  add(Attribute::kCcertIssuer, Xtext(question.ccert_issuer));
  add(Attribute::kCcertFingerprint, question.ccert_fingerprint);
  add(Attribute::kCcertPubkeyFingerprint, question.ccert_pubkey_fingerprint);
  add(Attribute::kEncryptionProtocol, question.encryption_protocol);
  add(Attribute::kEncryptionCipher, question.encryption_cipher);
  add(Attribute::kEncryptionKeysize, absl::StrCat(question.encryption_keysize));
  add(Attribute::kPolicyContext, question.policy_context);
  add(Attribute::kCompatibilityLevel, kCompatibilityLevel);
  add(Attribute::kMailVersion, daemon::kVersion);
  add(Attribute::kTlsSni, question.tls_sni);
  policy::EndRequest(text);
  return text;
}

}  // namespace postern::mta::filters
