#include "mta/restrictions/helo_rules.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/net/ip.h"
#include "mta/restrictions/domain_look_up.h"
#include "mta/restrictions/host_name.h"
#include "mta/restrictions/tempfail.h"

namespace postern::mta::restrictions {
namespace {

// Refuses a name that is in brackets and not an address: all rules do.
Outcome JudgeLiteral(const Facts& facts, int code) {
  if (IsAddressLiteral(facts.question.helo_name)) return Outcome::Dunno();
  return Outcome::Refuse(
      Rejected(code, "5.5.2", HeloSubject(facts), "invalid ip address"),
      Reason::kHelo);
}

// An address without brackets is not invalid, though no host name either.
bool IsNameOrAddress(absl::string_view name) {
  return HasHostNameForm(name) || net::IpAddress::Parse(WithoutDot(name)).ok();
}

bool IsLiteral(absl::string_view name) {
  return !name.empty() && name.front() == '[';
}

// reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname.
class RejectForm final : public Rule {
 public:
  RejectForm(int code, int literal_code, bool (*is_good)(absl::string_view),
             absl::string_view text)
      : code_(code),
        literal_code_(literal_code),
        is_good_(is_good),
        text_(text) {}

  net::Task<Outcome> Ask(const Facts& facts, const Subject&) const override {
    const absl::string_view name = facts.question.helo_name;
    if (name.empty()) co_return Outcome::Dunno();
    if (IsLiteral(name)) co_return JudgeLiteral(facts, literal_code_);
    if (is_good_(name)) co_return Outcome::Dunno();
    co_return Outcome::Refuse(
        Rejected(code_, "5.5.2", HeloSubject(facts), text_), Reason::kHelo);
  }
  bool needs_client_name() const override { return false; }

 private:
  const int code_;
  const int literal_code_;
  bool (*const is_good_)(absl::string_view);
  const absl::string_view text_;
};

class RejectUnknown final : public Rule {
 public:
  RejectUnknown(int code, int literal_code, TempfailAction tempfail,
                dns::Resolver* resolver)
      : code_(code),
        literal_code_(literal_code),
        tempfail_(tempfail),
        resolver_(resolver) {}

  net::Task<Outcome> Ask(const Facts& facts, const Subject&) const override {
    const std::string name(facts.question.helo_name);
    if (name.empty()) co_return Outcome::Dunno();
    if (IsLiteral(name)) co_return JudgeLiteral(facts, literal_code_);
    if (resolver_ == nullptr) co_return Outcome::Misconfigured();
    const DomainStatus status = co_await LookUpHost(*resolver_, name);
    if (status == DomainStatus::kOk || status == DomainStatus::kNullMx) {
      co_return Outcome::Dunno();
    }
    const int code = status == DomainStatus::kTemporaryFailure ? 450 : code_;
    const smtp::Reply reply =
        Rejected(code, "4.7.1", HeloSubject(facts), "Host not found");
    if (status == DomainStatus::kTemporaryFailure) {
      co_return Tempfail(tempfail_, reply, Reason::kHelo);
    }
    co_return Outcome::Refuse(reply, Reason::kHelo);
  }
  bool needs_client_name() const override { return false; }

 private:
  const int code_;
  const int literal_code_;
  const TempfailAction tempfail_;
  dns::Resolver* const resolver_;
};

absl::StatusOr<std::unique_ptr<Rule>> MakeInvalid(const std::string&,
                                                  const RuleContext& context) {
  const int code = context.config.invalid_hostname_reject_code();
  return std::make_unique<RejectForm>(code, code, IsNameOrAddress,
                                      "Invalid name");
}

absl::StatusOr<std::unique_ptr<Rule>> MakeNonFqdn(const std::string&,
                                                  const RuleContext& context) {
  return std::make_unique<RejectForm>(
      context.config.non_fqdn_reject_code(),
      context.config.invalid_hostname_reject_code(), IsFullHostName,
      "need fully-qualified hostname");
}

absl::StatusOr<std::unique_ptr<Rule>> MakeUnknown(const std::string&,
                                                  const RuleContext& context) {
  const config::v1::Mta& config = context.config;
  ASSIGN_OR_RETURN(
      const TempfailAction tempfail,
      TempfailActionOf(config, "unknown_helo_hostname_tempfail_action",
                       config.unknown_helo_hostname_tempfail_action()));
  return std::make_unique<RejectUnknown>(config.unknown_hostname_reject_code(),
                                         config.invalid_hostname_reject_code(),
                                         tempfail, context.services.resolver);
}

constexpr RuleName kNames[] = {
    {"reject_invalid_helo_hostname", Argument::kNone, MakeInvalid},
    {"reject_invalid_hostname", Argument::kNone, MakeInvalid},
    {"reject_non_fqdn_helo_hostname", Argument::kNone, MakeNonFqdn},
    {"reject_non_fqdn_hostname", Argument::kNone, MakeNonFqdn},
    {"reject_unknown_helo_hostname", Argument::kNone, MakeUnknown},
    {"reject_unknown_hostname", Argument::kNone, MakeUnknown},
};

}  // namespace

absl::Span<const RuleName> HeloRules() { return kNames; }

}  // namespace postern::mta::restrictions
