#include "mta/filters/policy_question.h"

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/policy/request.h"

namespace postern::mta::filters {
namespace {

using ::testing::ElementsAre;

std::string ValueIn(const std::string& wire, policy::Attribute attribute) {
  const absl::StatusOr<policy::Request> request = policy::Request::Parse(wire);
  if (!request.ok()) return std::string(request.status().message());
  return std::string(request->Get(attribute));
}

TEST(PolicyQuestionTest, SendsEveryAttributeInTheOrderOfPostfix) {
  std::vector<std::string> names;
  const std::string wire = FormatQuestion({});
  for (const absl::string_view line :
       absl::StrSplit(wire, '\n', absl::SkipEmpty())) {
    names.emplace_back(line.substr(0, line.find('=')));
  }
  EXPECT_THAT(
      names,
      ElementsAre(
          "request", "protocol_state", "protocol_name", "client_address",
          "client_name", "client_port", "reverse_client_name", "server_address",
          "server_port", "helo_name", "sender", "recipient", "recipient_count",
          "queue_id", "instance", "size", "etrn_domain", "stress",
          "sasl_method", "sasl_username", "sasl_sender", "ccert_subject",
          "ccert_issuer", "ccert_fingerprint", "ccert_pubkey_fingerprint",
          "encryption_protocol", "encryption_cipher", "encryption_keysize",
          "policy_context", "compatibility_level", "mail_version", "tls_sni"));
}

TEST(PolicyQuestionTest, EveryFieldArrives) {
  using policy::Attribute;
  PolicyQuestion question;
  question.protocol_name = "ESMTP";
  question.client_address = "192.0.2.1";
  question.client_port = 4711;
  question.client_name = "mail.example.net";
  question.reverse_client_name = "other.example.net";
  question.server_address = "192.0.2.2";
  question.server_port = 25;
  question.helo_name = "helo.example.net";
  question.sender = "a@example.net";
  question.recipient = "b@example.org";
  question.queue_id = "4f2K1";
  question.instance = "x.1";
  question.size_bytes = 12345;
  question.etrn_domain = "etrn.example";
  question.stress = "yes";
  question.sasl_method = "PLAIN";
  question.sasl_username = "jean";
  question.sasl_sender = "jean@example.net";
  question.ccert_fingerprint = "C2:9D";
  question.ccert_pubkey_fingerprint = "68:B3";
  question.encryption_protocol = "TLSv1.3";
  question.encryption_cipher = "TLS_AES_256_GCM_SHA384";
  question.encryption_keysize = 256;
  question.policy_context = "submission";
  question.tls_sni = "mail.example.org";
  const std::string wire = FormatQuestion(question);
  const struct {
    Attribute attribute;
    const char* value;
  } wanted[] = {
      {Attribute::kRequest, "smtpd_access_policy"},
      {Attribute::kProtocolState, "RCPT"},
      {Attribute::kProtocolName, "ESMTP"},
      {Attribute::kClientAddress, "192.0.2.1"},
      {Attribute::kClientPort, "4711"},
      {Attribute::kClientName, "mail.example.net"},
      {Attribute::kReverseClientName, "other.example.net"},
      {Attribute::kServerAddress, "192.0.2.2"},
      {Attribute::kServerPort, "25"},
      {Attribute::kHeloName, "helo.example.net"},
      {Attribute::kSender, "a@example.net"},
      {Attribute::kRecipient, "b@example.org"},
      {Attribute::kQueueId, "4f2K1"},
      {Attribute::kInstance, "x.1"},
      {Attribute::kSize, "12345"},
      {Attribute::kEtrnDomain, "etrn.example"},
      {Attribute::kStress, "yes"},
      {Attribute::kSaslMethod, "PLAIN"},
      {Attribute::kSaslUsername, "jean"},
      {Attribute::kSaslSender, "jean@example.net"},
      {Attribute::kCcertFingerprint, "C2:9D"},
      {Attribute::kCcertPubkeyFingerprint, "68:B3"},
      {Attribute::kEncryptionProtocol, "TLSv1.3"},
      {Attribute::kEncryptionCipher, "TLS_AES_256_GCM_SHA384"},
      {Attribute::kEncryptionKeysize, "256"},
      {Attribute::kPolicyContext, "submission"},
      {Attribute::kCompatibilityLevel, "3.6"},
      {Attribute::kTlsSni, "mail.example.org"},
  };
  for (const auto& [attribute, value] : wanted) {
    EXPECT_EQ(ValueIn(wire, attribute), value)
        << policy::AttributeName(attribute);
  }
  EXPECT_NE(ValueIn(wire, Attribute::kMailVersion), "");
}

TEST(PolicyQuestionTest, TheStateIsTheCommandThatIsBeingHandled) {
  const struct {
    ProtocolState state;
    const char* name;
    const char* recipient_count;
  } cases[] = {
      {ProtocolState::kConnect, "CONNECT", "0"},
      {ProtocolState::kEhlo, "EHLO", "0"},
      {ProtocolState::kHelo, "HELO", "0"},
      {ProtocolState::kMail, "MAIL", "0"},
      {ProtocolState::kRcpt, "RCPT", "0"},
      {ProtocolState::kData, "DATA", "3"},
      {ProtocolState::kEndOfMessage, "END-OF-MESSAGE", "3"},
      {ProtocolState::kVrfy, "VRFY", "0"},
      {ProtocolState::kEtrn, "ETRN", "0"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    PolicyQuestion question;
    question.protocol_state = c.state;
    question.recipient_count = 3;
    const std::string wire = FormatQuestion(question);
    EXPECT_EQ(ValueIn(wire, policy::Attribute::kProtocolState), c.name);
    EXPECT_EQ(ValueIn(wire, policy::Attribute::kRecipientCount),
              c.recipient_count);
  }
}

TEST(PolicyQuestionTest, NamesInCertificatesAreXtext) {
  PolicyQuestion question;
  question.ccert_subject = "a+b=c";
  question.ccert_issuer = "Jörg Q\n";
  const std::string wire = FormatQuestion(question);
  EXPECT_EQ(ValueIn(wire, policy::Attribute::kCcertSubject), "a+2Bb=c");
  EXPECT_EQ(ValueIn(wire, policy::Attribute::kCcertIssuer), "J+C3+B6rg+20Q+0A");
}

// MTA-29: what a client says cannot become an attribute of its own.
TEST(PolicyQuestionTest, MTA29_NoValueEndsItsLine) {
  PolicyQuestion question;
  question.helo_name = "x\nsasl_username=admin\n\nrequest=\r";
  const std::string wire = FormatQuestion(question);
  EXPECT_EQ(ValueIn(wire, policy::Attribute::kHeloName),
            "x?sasl_username=admin??request=?");
  EXPECT_EQ(ValueIn(wire, policy::Attribute::kSaslUsername), "");
}

TEST(PolicyQuestionTest, ALongValueIsCut) {
  const std::string helo(5000, 'x');
  PolicyQuestion question;
  question.helo_name = helo;
  EXPECT_EQ(
      ValueIn(FormatQuestion(question), policy::Attribute::kHeloName).size(),
      policy::kMaxValueBytes);
}

}  // namespace
}  // namespace postern::mta::filters
