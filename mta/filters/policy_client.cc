#include "mta/filters/policy_client.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "lib/base/log.h"
#include "lib/net/deadline.h"

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
