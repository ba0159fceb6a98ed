#include "mta/restrictions/list.h"

#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "mta/restrictions/verify_rules.h"

namespace postern::mta::restrictions {
namespace {

using Go = Evaluation::Go;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

struct Field {
  ListKind kind;
  absl::string_view name;
  const Texts& (config::v1::Mta::*texts)() const;
  absl::string_view table_rule;  // What a table alone stands for.
};
using config::v1::Mta;
constexpr Field kFields[kListKindCount] = {
    {ListKind::kClient, "smtpd_client_restrictions",
     &Mta::smtpd_client_restrictions, "check_client_access"},
    {ListKind::kHelo, "smtpd_helo_restrictions", &Mta::smtpd_helo_restrictions,
     "check_helo_access"},
    {ListKind::kSender, "smtpd_sender_restrictions",
     &Mta::smtpd_sender_restrictions, "check_sender_access"},
    {ListKind::kRelay, "smtpd_relay_restrictions",
     &Mta::smtpd_relay_restrictions, "check_recipient_access"},
    {ListKind::kRecipient, "smtpd_recipient_restrictions",
     &Mta::smtpd_recipient_restrictions, "check_recipient_access"},
    {ListKind::kData, "smtpd_data_restrictions", &Mta::smtpd_data_restrictions,
     ""},
    {ListKind::kEndOfData, "smtpd_end_of_data_restrictions",
     &Mta::smtpd_end_of_data_restrictions, ""},
};

Subject SubjectOf(ListKind kind, const Facts& facts) {
  switch (kind) {
    case ListKind::kClient:
      return ClientSubject(facts);
    case ListKind::kHelo:
      return HeloSubject(facts);
    case ListKind::kSender:
      return SenderSubject(facts);
    case ListKind::kRelay:
    case ListKind::kRecipient:
      return RecipientSubject(facts);
    case ListKind::kData:
      return DataSubject();
    case ListKind::kEndOfData:
      return EndOfDataSubject();
  }
  return DataSubject();
}

// The lists of a command, in order.
absl::Span<const ListKind> ListsAt(Stage stage, bool delay_reject,
                                   bool relay_first) {
  using K = ListKind;
  static constexpr K kAll[] = {K::kClient, K::kHelo, K::kSender, K::kRelay,
                               K::kRecipient};
  static constexpr K kTurned[] = {K::kClient, K::kHelo, K::kSender,
                                  K::kRecipient, K::kRelay};
  static constexpr K kLater[] = {K::kData, K::kEndOfData};
  const absl::Span<const K> all = relay_first ? kAll : kTurned;
  switch (stage) {
    case Stage::kConnect:
      return delay_reject ? all.subspan(0, 0) : all.subspan(0, 1);
    case Stage::kHelo:
      return delay_reject ? all.subspan(0, 0) : all.subspan(1, 1);
    case Stage::kSender:
      return delay_reject ? all.subspan(0, 0) : all.subspan(2, 1);
    case Stage::kRecipient:
      return delay_reject ? all : all.subspan(3);
    case Stage::kData:
      return absl::MakeConstSpan(kLater).subspan(0, 1);
    case Stage::kEndOfData:
      return absl::MakeConstSpan(kLater).subspan(1, 1);
  }
  return {};
}

absl::Status ReadField(const config::v1::Mta& config, const Field& field,
                       const RuleBook& book, RuleList& list) {
  int index = 0;
  for (const std::string& text : (config.*field.texts)()) {
    absl::StatusOr<RuleList> piece = book.Read(text, field.table_rule);
    if (!piece.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          field.name, "[", index, "]: ", piece.status().message()));
    }
    ++index;
    std::move(piece->entries.begin(), piece->entries.end(),
              std::back_inserter(list.entries));
  }
  return absl::OkStatus();
}

// Lets what follows find out at the same time.
void Prefetch(const RuleList& list, size_t first, const Facts& facts) {
  for (size_t i = first; i < list.entries.size(); ++i) {
    const Rule* const rule = list.entries[i].rule.get();
    if (rule != nullptr && rule->wants_prefetch()) rule->Prefetch(facts);
  }
}

}  // namespace

absl::StatusOr<Lists> Lists::FromConfig(const config::v1::Mta& config,
                                        Services services) {
  Lists lists;
  ASSIGN_OR_RETURN(lists.book_, RuleBook::Create(config, std::move(services)));
  for (const Field& field : kFields) {
    RuleList& list = lists.lists_[static_cast<int>(field.kind)];
    RETURN_IF_ERROR(ReadField(config, field, *lists.book_, list));
  }
  RETURN_IF_ERROR(lists.CheckRelay());
  lists.book_->Seal();
  lists.rules_ = EvaluationRules::FromConfig(config);
  lists.delay_reject_ = config.smtpd_delay_reject();
  lists.probe_sender_ = ProbeSender(config);
  lists.relay_first_ = config.smtpd_relay_before_recipient_restrictions();
  return lists;
}

absl::Status Lists::CheckRelay() const {
  for (const ListKind kind : {ListKind::kRelay, ListKind::kRecipient}) {
    const RuleList& list = lists_[static_cast<int>(kind)];
    if (RuleBook::EffectOf(list) == Rule::Effect::kRefusesStrangers) {
      return absl::OkStatus();
    }
  }
  return absl::InvalidArgumentError(
      "smtpd_relay_restrictions: would make an open relay: it or "
      "smtpd_recipient_restrictions needs reject_unauth_destination, "
      "defer_unauth_destination, reject, defer or defer_if_permit, before any "
      "permit");
}

bool Lists::HasListsAt(Stage stage) const {
  if (stage == Stage::kRecipient) return true;  // A recipient must exist.
  if (stage == Stage::kSender && !delay_reject_ &&
      rules_.reject_unlisted_sender) {
    return true;
  }
  for (const ListKind kind : ListsAt(stage, delay_reject_, relay_first_)) {
    if (!lists_[static_cast<int>(kind)].entries.empty()) return true;
  }
  return false;
}

net::Task<Decision> Lists::Decide(const Facts& facts) const {
  const bool is_probe_sender =
      facts.stage == Stage::kRecipient && facts.recipient.has_value() &&
      absl::EqualsIgnoreCase(facts.recipient->ToString(), probe_sender_);
  if (is_probe_sender) co_return Decision{.is_for_nobody = true};
  Evaluation evaluation(facts, rules_);
  const Stage stage = facts.stage;
  for (const ListKind kind : ListsAt(stage, delay_reject_, relay_first_)) {
    if (kind == ListKind::kHelo && facts.question.helo_name.empty()) continue;
    const bool goes_on_with_stage =
        stage == Stage::kRecipient &&
        kind == (relay_first_ ? ListKind::kRecipient : ListKind::kRelay);
    if (!goes_on_with_stage) evaluation.BeginStage();
    const Subject subject = SubjectOf(kind, facts);
    const RuleList& list = lists_[static_cast<int>(kind)];
    Go go = co_await Evaluate(list, subject, evaluation, false, 0);
    if (go != Go::kRefused && kind == ListKind::kSender) {
      go = evaluation.EndSenderList();
    }
    if (go == Go::kRefused) break;
  }
  co_return evaluation.Finish();
}

net::Task<Go> Lists::Evaluate(const RuleList& list, const Subject& subject,
                              Evaluation& evaluation, bool warn_if_reject,
                              int depth) const {
  bool has_prefetched = false;
  for (size_t i = 0; i < list.entries.size(); ++i) {
    if (evaluation.is_discarded()) co_return Go::kPermitted;
    const RuleList::Entry& entry = list.entries[i];
    if (!has_prefetched && entry.rule != nullptr &&
        entry.rule->wants_prefetch()) {
      has_prefetched = true;
      Prefetch(list, i, evaluation.facts());
    }
    const Go go =
        co_await EvaluateEntry(entry, subject, evaluation,
                               warn_if_reject || entry.warn_if_reject, depth);
    if (go != Go::kOn) co_return go;
    if (evaluation.is_settled()) co_return Go::kPermitted;
  }
  co_return Go::kOn;
}

net::Task<Go> Lists::EvaluateEntry(const RuleList::Entry& entry,
                                   const Subject& subject,
                                   Evaluation& evaluation, bool warn_if_reject,
                                   int depth) const {
  if (entry.nested != nullptr) {
    if (depth >= kMaxDepth) {
      log::Error("restrictions_too_deep", {{"class", entry.name}});
      co_return evaluation.Take(Outcome::Misconfigured(), warn_if_reject);
    }
    const Go go = co_await Evaluate(*entry.nested, subject, evaluation,
                                    warn_if_reject, depth + 1);
    co_return go;
  }
  const Outcome outcome = co_await entry.rule->Ask(evaluation.facts(), subject);
  Go go = evaluation.Take(outcome, warn_if_reject);
  if (go == Go::kNested) {
    go = co_await EvaluateAction(outcome, evaluation, warn_if_reject, depth);
  }
  co_return go;
}

net::Task<Go> Lists::EvaluateAction(const Outcome& outcome,
                                    Evaluation& evaluation, bool warn_if_reject,
                                    int depth) const {
  const absl::StatusOr<RuleList> list = book_->Read(outcome.action.text, "");
  if (!list.ok() || depth >= kMaxDepth) {
    log::Error("restrictions_not_understood",
               {{"text", outcome.action.text},
                {"error", list.ok() ? "too deep" : list.status().message()}});
    co_return evaluation.Take(Outcome::Misconfigured(), warn_if_reject);
  }
  const Go go = co_await Evaluate(*list, outcome.subject, evaluation,
                                  warn_if_reject, depth + 1);
  co_return go;
}

}  // namespace postern::mta::restrictions
