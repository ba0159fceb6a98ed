#include "mta/restrictions/policy_rule.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "mta/filters/policy_service.h"
#include "mta/filters/policy_source.h"
#include "mta/restrictions/rule_resources.h"

namespace postern::mta::restrictions {
namespace {

class CheckPolicyService final : public Rule {
 public:
  // `source` must outlive it; null: it is only good for checking.
  explicit CheckPolicyService(filters::PolicySource* source)
      : source_(source) {}

  net::Task<Outcome> Ask(const Facts& facts,
                         const Subject& subject) const override {
    if (source_ == nullptr) co_return Outcome::Misconfigured();
    policy::Verdict verdict = co_await source_->Ask(facts.question);
    co_return Outcome::Act(std::move(verdict), subject, Reason::kPolicyService);
  }

 private:
  filters::PolicySource* const source_;
};

absl::StatusOr<std::unique_ptr<Rule>> MakeCheckPolicyService(
    const std::string& argument, const RuleContext& context) {
  RuleResources& resources = context.resources;
  if (filters::PolicySource* source = resources.FindPolicySource(argument)) {
    return std::make_unique<CheckPolicyService>(source);
  }
  ASSIGN_OR_RETURN(filters::PolicyService service,
                   filters::UsualPolicyService(context.config));
  ASSIGN_OR_RETURN(service,
                   filters::ParsePolicyService(argument, std::move(service)));
  if (resources.is_sealed()) {
    return absl::NotFoundError(
        absl::StrCat("\"", Printable(argument),
                     "\" is not named in the configuration itself"));
  }
  filters::PolicySource* source = nullptr;
  if (context.services.make_policy_source) {
    source = resources.KeepPolicySource(
        argument, context.services.make_policy_source(service));
  }
  return std::make_unique<CheckPolicyService>(source);
}

constexpr RuleName kNames[] = {
    {"check_policy_service", Argument::kWord, MakeCheckPolicyService},
};

}  // namespace

absl::Span<const RuleName> PolicyRules() { return kNames; }

}  // namespace postern::mta::restrictions
