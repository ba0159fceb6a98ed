#include "mta/restrictions/client_rules.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"

namespace postern::mta::restrictions {
namespace {

class RejectUnknownName final : public Rule {
 public:
  RejectUnknownName(int code, absl::string_view dsn, NameStatus Facts::*status,
                    absl::string_view what)
      : code_(code), dsn_(dsn), status_(status), what_(what) {}

  net::Task<Outcome> Ask(const Facts& facts, const Subject&) const override {
    const NameStatus status = facts.*status_;
    if (status == NameStatus::kOk) co_return Outcome::Dunno();
    const int code = status == NameStatus::kTemporaryFailure ? 450 : code_;
    smtp::Reply reply{
        code, absl::StrCat(code / 100, dsn_),
        absl::StrCat("Client host rejected: cannot find your ", what_, ", [",
                     facts.question.client_address, "]")};
    co_return Outcome::Refuse(reply, Reason::kClient);
  }

 private:
  const int code_;
  const absl::string_view dsn_;  // What follows the class.
  NameStatus Facts::*const status_;
  const absl::string_view what_;
};

absl::StatusOr<std::unique_ptr<Rule>> MakeClient(const std::string&,
                                                 const RuleContext& context) {
  return std::make_unique<RejectUnknownName>(
      context.config.unknown_client_reject_code(), ".7.25",
      &Facts::client_name_status, "hostname");
}

absl::StatusOr<std::unique_ptr<Rule>> MakeReverse(const std::string&,
                                                  const RuleContext& context) {
  return std::make_unique<RejectUnknownName>(
      context.config.unknown_client_reject_code(), ".7.1",
      &Facts::reverse_client_name_status, "reverse hostname");
}

constexpr RuleName kNames[] = {
    {"reject_unknown_client_hostname", Argument::kNone, MakeClient},
    {"reject_unknown_client", Argument::kNone, MakeClient},
    {"reject_unknown_reverse_client_hostname", Argument::kNone, MakeReverse},
};

}  // namespace

absl::Span<const RuleName> ClientRules() { return kNames; }

}  // namespace postern::mta::restrictions
