#include "mta/filters/policy_client.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/net/deadline.h"
#include "lib/policy/request.h"

namespace postern::mta::filters {
namespace {

constexpr char kAnswersName[] = "postern_mta_policy_questions_total";
constexpr char kAnswersHelp[] =
    "Questions to policy services, by whether they were answered.";

policy::Client::Options ClientOptions(const PolicyService& service) {
  policy::Client::Options options;
  options.endpoints = {service.endpoint};
  return options;
}

}  // namespace

std::string FormatQuestion(const PolicyQuestion& question) {
  using policy::Attribute;
  std::string text;
  text.reserve(768);
  const auto add = [&text](Attribute attribute, absl::string_view value) {
    policy::AppendAttribute(attribute, value, text);
  };
  add(Attribute::kRequest, policy::kAccessPolicy);
  add(Attribute::kProtocolState, "RCPT");
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
  // Known at DATA and later only, says SMTPD_POLICY_README.
  add(Attribute::kRecipientCount, "0");
  add(Attribute::kQueueId, "");
  add(Attribute::kInstance, question.instance);
  add(Attribute::kSize, absl::StrCat(question.size_bytes));
  for (const Attribute attribute :
       {Attribute::kEtrnDomain, Attribute::kStress, Attribute::kSaslMethod,
        Attribute::kSaslUsername, Attribute::kSaslSender,
        Attribute::kCcertSubject, Attribute::kCcertIssuer,
        Attribute::kCcertFingerprint, Attribute::kCcertPubkeyFingerprint,
        Attribute::kEncryptionProtocol, Attribute::kEncryptionCipher}) {
    add(attribute, "");
  }
  add(Attribute::kEncryptionKeysize, "0");
  add(Attribute::kPolicyContext, "");
  policy::EndRequest(text);
  return text;
}

PolicyClient::PolicyClient(net::Runtime& runtime, const PolicyService& service,
                           metrics::Registry& registry)
    : service_(service),
      client_(runtime, ClientOptions(service)),
      answers_(registry.AddCounter(kAnswersName, kAnswersHelp,
                                   {{"result", "answered"}})),
      failures_(registry.AddCounter(kAnswersName, kAnswersHelp,
                                    {{"result", "failed"}})),
      seconds_(registry.AddHistogram("postern_mta_policy_question_seconds",
                                     "Wait for the answer of a policy service.",
                                     metrics::LatencyBounds())) {}

net::Task<policy::Verdict> PolicyClient::Ask(const PolicyQuestion& question) {
  const std::string text = FormatQuestion(question);
  const net::Deadline deadline = net::Deadline::After(service_.timeout);
  absl::StatusOr<policy::Verdict> verdict =
      co_await client_.Ask(text, deadline);
  seconds_.Observe(absl::ToDoubleSeconds(service_.timeout - deadline.Left()));
  if (verdict.ok()) {
    answers_.Increment();
    co_return *std::move(verdict);
  }
  failures_.Increment();
  log::Warning(
      "policy_service_failed",
      {{"session", question.session},
       {"endpoint", service_.endpoint.ToString()},
       {"error", verdict.status()},
       {"default_action", policy::VerdictWord(service_.default_action.kind)}});
  co_return service_.default_action;
}

}  // namespace postern::mta::filters
