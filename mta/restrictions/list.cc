#include "mta/restrictions/list.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"

namespace postern::mta::restrictions {
namespace {

using Go = Evaluation::Go;
using RuleKind = Restriction::Kind;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

absl::string_view FieldName(ListKind kind) {
  switch (kind) {
    case ListKind::kClient:
      return "smtpd_client_restrictions";
    case ListKind::kHelo:
      return "smtpd_helo_restrictions";
    case ListKind::kSender:
      return "smtpd_sender_restrictions";
    case ListKind::kRelay:
      return "smtpd_relay_restrictions";
    case ListKind::kRecipient:
      return "smtpd_recipient_restrictions";
  }
  return "";
}

const Texts& TextsOf(const config::v1::Mta& config, ListKind kind) {
  switch (kind) {
    case ListKind::kClient:
      return config.smtpd_client_restrictions();
    case ListKind::kHelo:
      return config.smtpd_helo_restrictions();
    case ListKind::kSender:
      return config.smtpd_sender_restrictions();
    case ListKind::kRelay:
      return config.smtpd_relay_restrictions();
    case ListKind::kRecipient:
      return config.smtpd_recipient_restrictions();
  }
  return config.smtpd_recipient_restrictions();
}

absl::StatusOr<filters::PolicyService> ServiceOf(const config::v1::Mta& config,
                                                 const Restriction& rule) {
  ASSIGN_OR_RETURN(filters::PolicyService service,
                   filters::UsualPolicyService(config));
  service.endpoints = {rule.endpoint};
  service.timeout = rule.timeout.value_or(service.timeout);
  service.default_action = rule.default_action.value_or(service.default_action);
  return service;
}

bool IsAuthorized(AddressClass address_class) {
  return address_class != AddressClass::kElsewhere;
}

smtp::Reply AccessDenied(int code, const Facts& facts) {
  return {code, code == 450 ? "4.7.1" : "5.7.1",
          absl::StrCat("<", facts.question.recipient, ">: Access denied")};
}

// Applies a rule that needs to ask nobody.
Go Apply(const Restriction& rule, const Facts& facts, Evaluation& evaluation) {
  switch (rule.kind) {
    case RuleKind::kPermit:
      return Evaluation::Permit();
    case RuleKind::kReject:
      return evaluation.Refuse(AccessDenied(554, facts), Reason::kRule,
                               rule.warn_if_reject);
    case RuleKind::kDefer:
      return evaluation.Refuse(AccessDenied(450, facts), Reason::kRule,
                               rule.warn_if_reject);
    case RuleKind::kPermitMynetworks:
      return facts.is_in_mynetworks ? Evaluation::Permit() : Go::kOn;
    case RuleKind::kPermitAuthDestination:
      return IsAuthorized(facts.recipient_class) ? Evaluation::Permit()
                                                 : Go::kOn;
    case RuleKind::kRejectUnauthDestination:
      if (IsAuthorized(facts.recipient_class)) return Go::kOn;
      return evaluation.Refuse({554, "5.7.1",
                                absl::StrCat("<", facts.question.recipient,
                                             ">: Relay access denied")},
                               Reason::kRelay, rule.warn_if_reject);
    case RuleKind::kCheckPolicyService:
      break;
  }
  return Go::kOn;
}

}  // namespace

absl::StatusOr<Lists::List> Lists::ReadList(
    const config::v1::Mta& config, ListKind kind,
    const MakePolicySource& make_source) {
  List list{kind, {}};
  int index = 0;
  for (const std::string& text : TextsOf(config, kind)) {
    absl::StatusOr<Restriction> restriction = ParseRestriction(text);
    if (!restriction.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          FieldName(kind), "[", index, "]: ", restriction.status().message()));
    }
    ++index;
    Rule rule{*std::move(restriction), nullptr};
    if (rule.restriction.kind == RuleKind::kCheckPolicyService) {
      ASSIGN_OR_RETURN(const filters::PolicyService service,
                       ServiceOf(config, rule.restriction));
      if (make_source) rule.source = make_source(service);
    }
    list.rules.push_back(std::move(rule));
  }
  return list;
}

absl::Status Lists::CheckRelayList(const List& list) {
  for (const Rule& rule : list.rules) {
    const RuleKind kind = rule.restriction.kind;
    if (kind == RuleKind::kPermit) break;
    if (!rule.restriction.warn_if_reject &&
        (kind == RuleKind::kRejectUnauthDestination ||
         kind == RuleKind::kReject || kind == RuleKind::kDefer)) {
      return absl::OkStatus();
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      FieldName(ListKind::kRelay),
      ": would make an open relay: it needs reject_unauth_destination, reject "
      "or defer, before any permit"));
}

absl::StatusOr<Lists> Lists::FromConfig(const config::v1::Mta& config,
                                        const MakePolicySource& make_source) {
  Lists lists;
  for (const ListKind kind :
       {ListKind::kClient, ListKind::kHelo, ListKind::kSender, ListKind::kRelay,
        ListKind::kRecipient}) {
    ASSIGN_OR_RETURN(List list, ReadList(config, kind, make_source));
    if (kind == ListKind::kRelay) RETURN_IF_ERROR(CheckRelayList(list));
    lists.lists_.push_back(std::move(list));
  }
  return lists;
}

net::Task<Decision> Lists::Decide(const Facts& facts) const {
  Evaluation evaluation(facts);
  for (const List& list : lists_) {
    evaluation.BeginList(list.kind);
    Go go = Go::kOn;
    for (const Rule& rule : list.rules) {
      if (rule.source != nullptr) {
        const policy::Verdict verdict =
            co_await rule.source->Ask(facts.question);
        go = evaluation.Take(verdict, rule.restriction.warn_if_reject);
      } else {
        go = Apply(rule.restriction, facts, evaluation);
      }
      if (go != Go::kOn) break;
    }
    if (go == Go::kRefused) break;
  }
  co_return evaluation.Finish();
}

bool Lists::asks_policy_services() const {
  for (const List& list : lists_) {
    for (const Rule& rule : list.rules) {
      if (rule.restriction.kind == RuleKind::kCheckPolicyService) return true;
    }
  }
  return false;
}

}  // namespace postern::mta::restrictions
