#include "mta/restrictions/evaluation.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "mta/restrictions/action_reply.h"
#include "mta/restrictions/listing.h"

namespace postern::mta::restrictions {
namespace {

using Kind = policy::Verdict::Kind;

// "X-Name: value".
bool IsHeader(absl::string_view text) {
  const size_t colon = text.find(':');
  if (colon == 0 || colon == absl::string_view::npos) return false;
  for (const char c : text.substr(0, colon)) {
    if (!absl::ascii_isgraph(c)) return false;
  }
  return true;
}

}  // namespace

EvaluationRules EvaluationRules::FromConfig(const config::v1::Mta& config) {
  return {
      .access_map_reject_code =
          static_cast<int>(config.access_map_reject_code()),
      .access_map_defer_code = static_cast<int>(config.access_map_defer_code()),
      .soft_bounce = config.soft_bounce(),
      .reject_unlisted_sender = config.smtpd_reject_unlisted_sender(),
      .reject_unlisted_recipient = config.smtpd_reject_unlisted_recipient()};
}

Evaluation::Evaluation(const Facts& facts, const EvaluationRules& rules)
    : facts_(facts), rules_(rules) {
  if (facts.deferral != nullptr) defer_if_permit_ = *facts.deferral;
}

void Evaluation::Log(absl::string_view event, const Subject& subject,
                     absl::string_view text) const {
  log::Info(event, {{"session", facts_.question.session},
                    {"queue_id", facts_.question.queue_id},
                    {"client", facts_.question.client_address},
                    {"helo", facts_.question.helo_name},
                    {"from", facts_.question.sender},
                    {"to", facts_.question.recipient},
                    {"about", absl::StrCat(subject.what, " ", subject.name)},
                    {"text", text}});
}

Evaluation::Go Evaluation::Refuse(smtp::Reply reply, Reason reason,
                                  bool warn_if_reject) {
  if (warn_if_reject) {
    log::Warning("reject_warning", {{"session", facts_.question.session},
                                    {"client", facts_.question.client_address},
                                    {"helo", facts_.question.helo_name},
                                    {"from", facts_.question.sender},
                                    {"to", facts_.question.recipient},
                                    {"reply", reply.ToString()}});
    return Go::kOn;
  }
  if (reply.kind() == 5 && defer_if_reject_.has_value()) {
    reply = *defer_if_reject_;
  }
  if (rules_.soft_bounce && reply.kind() == 5) {
    reply.code -= 100;
    if (!reply.status.empty()) reply.status[0] = '4';
  }
  decision_.refusal = std::move(reply);
  decision_.reason = reason;
  return Go::kRefused;
}

Evaluation::Go Evaluation::DeferIfPermit(smtp::Reply reply, Reason reason,
                                         bool warn_if_reject) {
  if (warn_if_reject) return Refuse(std::move(reply), reason, true);
  if (!defer_if_permit_) {
    defer_if_permit_ = std::move(reply);
    defer_if_permit_reason_ = reason;
  }
  return Go::kOn;
}

Evaluation::Go Evaluation::Take(const Outcome& outcome, bool warn_if_reject) {
  const bool warn = warn_if_reject && !outcome.is_our_fault;
  switch (outcome.kind) {
    case Outcome::Kind::kDunno:
      return Go::kOn;
    case Outcome::Kind::kPermit:
      return Go::kPermitted;
    case Outcome::Kind::kRefuse:
      return Refuse(outcome.reply, outcome.reason, warn);
    case Outcome::Kind::kDeferIfPermit:
      return DeferIfPermit(outcome.reply, outcome.reason, warn);
    case Outcome::Kind::kAction:
      return Act(outcome, warn);
  }
  return Go::kOn;
}

Evaluation::Go Evaluation::Act(const Outcome& outcome, bool warn_if_reject) {
  const policy::Verdict& action = outcome.action;
  const Subject& subject = outcome.subject;
  const auto reply = [&](int code, absl::string_view usual) {
    return ActionReply(code, subject, action.text, usual);
  };
  const int reject = rules_.access_map_reject_code;
  const int defer = rules_.access_map_defer_code;
  switch (action.kind) {
    case Kind::kDunno:
      return Go::kOn;
    case Kind::kOk:
      return Go::kPermitted;
    case Kind::kReject:
      return Refuse(reply(reject, kAccessDenied), outcome.reason,
                    warn_if_reject);
    case Kind::kDefer:
      return Refuse(reply(defer, kAccessDenied), outcome.reason,
                    warn_if_reject);
    case Kind::kCode:
      return Refuse(reply(action.code, kAccessDenied), outcome.reason,
                    warn_if_reject);
    case Kind::kDeferIfPermit:
      return DeferIfPermit(reply(defer, kServiceUnavailable), outcome.reason,
                           warn_if_reject);
    case Kind::kDeferIfReject:
      if (!defer_if_reject_) {
        defer_if_reject_ = reply(defer, kServiceUnavailable);
      }
      return Go::kOn;
    case Kind::kRestrictions:
      return Go::kNested;
    default:
      return ActOnMessage(action, subject);
  }
}

Evaluation::Go Evaluation::ActOnMessage(const policy::Verdict& action,
                                        const Subject& subject) {
  MessageActions& actions = decision_.actions;
  switch (action.kind) {
    case Kind::kPrepend:
      Prepend(action.text);
      return Go::kOn;
    case Kind::kWarn:
      Log("warn", subject, action.text);
      return Go::kOn;
    case Kind::kInfo:
      Log("info", subject, action.text);
      return Go::kOn;
    case Kind::kDiscard:
      actions.discard = true;
      Log("discard", subject, action.text);
      return Go::kPermitted;
    case Kind::kHold:
      actions.hold = true;
      Log("hold", subject, action.text);
      return Go::kOn;
    case Kind::kRedirect:
    case Kind::kBcc:
      if (!IsWholeAddress(action.text)) {
        Log("not_an_address", subject, action.text);
      } else if (action.kind == Kind::kRedirect) {
        actions.redirect = action.text;
        Log("redirect", subject, action.text);
      } else {
        actions.AddCopy(action.text);
        Log("bcc", subject, action.text);
      }
      return Go::kOn;
    default:
      break;
  }
  log::Error("action_not_supported",
             {{"session", facts_.question.session},
              {"action", policy::VerdictWord(action.kind)},
              {"text", action.text}});
  const Outcome refusal = Outcome::Misconfigured();
  return Refuse(refusal.reply, refusal.reason, /*warn_if_reject=*/false);
}

void Evaluation::Prepend(const std::string& header) {
  if (facts_.stage == Stage::kEndOfData || !IsHeader(header)) {
    log::Warning("cannot_prepend",
                 {{"session", facts_.question.session}, {"header", header}});
  } else if (decision_.actions.headers.size() < kMaxHeaders) {
    decision_.actions.AddHeader(header);
  } else {
    log::Warning("too_many_headers_to_prepend",
                 {{"session", facts_.question.session}, {"header", header}});
  }
}

Evaluation::Go Evaluation::EndSenderList() {
  if (!rules_.reject_unlisted_sender || is_discarded()) {
    return Go::kOn;
  }
  return Take(SenderListing(facts_), /*warn_if_reject=*/false);
}

Decision Evaluation::Finish() {
  const Stage stage = facts_.stage;
  const bool is_early = stage == Stage::kConnect || stage == Stage::kHelo ||
                        stage == Stage::kSender;
  if (decision_.refusal || is_discarded()) {
    // Nothing to add.
  } else if (is_early) {
    decision_.deferral = std::move(defer_if_permit_);
  } else if (defer_if_permit_) {
    Refuse(*std::move(defer_if_permit_), defer_if_permit_reason_,
           /*warn_if_reject=*/false);
  } else if (stage == Stage::kRecipient && rules_.reject_unlisted_recipient) {
    Take(RecipientListing(facts_), /*warn_if_reject=*/false);
  }
  return std::move(decision_);
}

}  // namespace postern::mta::restrictions
