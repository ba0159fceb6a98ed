#include "mta/filters/policy_client.h"

#include <utility>

#include "absl/status/statusor.h"
#include "lib/base/log.h"
#include "lib/dns/host.h"
#include "lib/net/deadline.h"

namespace postern::mta::filters {
namespace {

constexpr char kQuestionsName[] = "postern_mta_policy_questions_total";
constexpr char kQuestionsHelp[] =
    "Questions to policy services, by service and by whether they were "
    "answered.";

policy::Client::Options ClientOptions(dns::Resolver& resolver,
                                      const PolicyService& service) {
  policy::Client::Options options;
  options.roster.endpoints = service.endpoints;
  options.roster.resolve = [&resolver](net::Endpoint endpoint,
                                       net::Deadline deadline) {
    return dns::ResolveEndpoints(resolver, std::move(endpoint), deadline);
  };
  options.max_idle = service.max_idle;
  options.max_age = service.max_ttl;
  options.request_limit = service.request_limit;
  options.try_limit = static_cast<int>(service.try_limit);
  options.retry_delay = service.retry_delay;
  return options;
}

}  // namespace

PolicyClient::PolicyClient(PolicyClientParts parts, PolicyService service)
    : service_(std::move(service)),
      name_(service_.Name()),
      client_(parts.runtime, ClientOptions(parts.resolver, service_),
              parts.clock),
      answers_(parts.metrics.AddCounter(
          kQuestionsName, kQuestionsHelp,
          {{"service", name_}, {"result", "answered"}})),
      failures_(
          parts.metrics.AddCounter(kQuestionsName, kQuestionsHelp,
                                   {{"service", name_}, {"result", "failed"}})),
      seconds_(parts.metrics.AddHistogram(
          "postern_mta_policy_question_seconds",
          "Wait for the answer of a policy service.", metrics::LatencyBounds(),
          {{"service", name_}})),
      healthy_(parts.metrics.AddGauge(
          "postern_mta_policy_healthy_endpoints",
          "Addresses of a policy service whose last answer did not fail.",
          {{"service", name_}})) {
  healthy_.Set(static_cast<double>(client_.healthy()));
}

net::Task<policy::Verdict> PolicyClient::Ask(const PolicyQuestion& question) {
  PolicyQuestion mine = question;
  mine.policy_context = service_.policy_context;
  const std::string text = FormatQuestion(mine);
  const net::Deadline deadline = net::Deadline::After(service_.timeout);
  absl::StatusOr<policy::Verdict> verdict =
      co_await client_.Ask(text, deadline);
  seconds_.Observe(absl::ToDoubleSeconds(service_.timeout - deadline.Left()));
  healthy_.Set(static_cast<double>(client_.healthy()));
  if (verdict.ok()) {
    ReportAnswer(question);
    co_return *std::move(verdict);
  }
  ReportFailure(question, verdict.status());
  co_return service_.default_action;
}

void PolicyClient::ReportAnswer(const PolicyQuestion& question) {
  answers_.Increment();
  if (failures_in_a_row_.load(std::memory_order_relaxed) == 0) return;
  const uint64_t failed = failures_in_a_row_.exchange(0);
  if (failed == 0) return;
  log::Info("policy_service_answers_again", {{"session", question.session},
                                             {"service", name_},
                                             {"failed_questions", failed}});
}

// Many questions fail in a row; the first says it, the metric has the rest.
void PolicyClient::ReportFailure(const PolicyQuestion& question,
                                 const absl::Status& why) {
  failures_.Increment();
  const bool is_first = failures_in_a_row_.fetch_add(1) == 0;
  log::Write(
      is_first ? log::Level::kWarning : log::Level::kDebug,
      "policy_service_failed",
      {{"session", question.session},
       {"service", name_},
       {"error", why},
       {"default_action", policy::VerdictWord(service_.default_action.kind)}});
}

}  // namespace postern::mta::filters
