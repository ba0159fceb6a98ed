#include "mta/restrictions/evaluation.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/base/log.h"

namespace postern::mta::restrictions {
namespace {

using Kind = policy::Verdict::Kind;

}  // namespace

Evaluation::Go Evaluation::Refuse(smtp::Reply reply, Reason reason,
                                  bool warn_if_reject) {
  if (warn_if_reject) {
    log::Warning("reject_warning", {{"session", facts_.question.session},
                                    {"client", facts_.question.client_address},
                                    {"from", facts_.question.sender},
                                    {"to", facts_.question.recipient},
                                    {"reply", reply.ToString()}});
    return Go::kOn;
  }
  if (reply.kind() == 5 && defer_if_reject_.has_value()) {
    reply = *defer_if_reject_;
  }
  decision_.refusal = std::move(reply);
  decision_.reason = reason;
  return Go::kRefused;
}

// Returns a reply with smtpd(8)'s words for what is being checked.
smtp::Reply Evaluation::PolicyReply(int code, absl::string_view text) const {
  smtp::Reply reply{code, code / 100 == 4 ? "4.7.1" : "5.7.1", ""};
  const absl::StatusOr<smtp::Reply> given =
      smtp::Reply::Parse(absl::StrCat(code, " ", text));
  if (given.ok() && !given->status.empty()) {
    reply.status = given->status;
    text = given->text;
  }
  const filters::PolicyQuestion& question = facts_.question;
  const auto words = [&](absl::string_view who, absl::string_view what) {
    reply.text =
        absl::StrCat("<", who, ">: ", what,
                     " rejected: ", text.empty() ? "Access denied" : text);
  };
  switch (list_) {
    case ListKind::kClient:
      words(
          absl::StrCat(question.client_name, "[", question.client_address, "]"),
          "Client host");
      break;
    case ListKind::kHelo:
      words(question.helo_name, "Helo command");
      break;
    case ListKind::kSender:
      words(question.sender, "Sender address");
      break;
    case ListKind::kRelay:
    case ListKind::kRecipient:
      words(question.recipient, "Recipient address");
      break;
  }
  return reply;
}

void Evaluation::Prepend(const std::string& header) {
  if (decision_.headers.size() < kMaxHeaders) {
    decision_.headers.push_back(header);
    return;
  }
  log::Warning("too_many_headers_to_prepend",
               {{"session", facts_.question.session}, {"header", header}});
}

Evaluation::Go Evaluation::Take(const policy::Verdict& verdict,
                                bool warn_if_reject) {
  switch (verdict.kind) {
    case Kind::kDunno:
      return Go::kOn;
    case Kind::kOk:
      return Permit();
    case Kind::kReject:
      return Refuse(PolicyReply(554, verdict.text), Reason::kPolicyService,
                    warn_if_reject);
    case Kind::kDefer:
      return Refuse(PolicyReply(450, verdict.text), Reason::kPolicyService,
                    warn_if_reject);
    case Kind::kCode:
      return Refuse(PolicyReply(verdict.code, verdict.text),
                    Reason::kPolicyService, warn_if_reject);
    case Kind::kDeferIfPermit:
      if (warn_if_reject) {
        return Refuse(PolicyReply(450, verdict.text), Reason::kPolicyService,
                      true);
      }
      if (!defer_if_permit_) defer_if_permit_ = PolicyReply(450, verdict.text);
      return Go::kOn;
    case Kind::kDeferIfReject:
      if (!defer_if_reject_) defer_if_reject_ = PolicyReply(450, verdict.text);
      return Go::kOn;
    case Kind::kPrepend:
      Prepend(verdict.text);
      return Go::kOn;
    case Kind::kWarn:
    case Kind::kInfo:
      log::Write(verdict.kind == Kind::kWarn ? log::Level::kWarning
                                             : log::Level::kInfo,
                 "policy_service_says",
                 {{"session", facts_.question.session},
                  {"client", facts_.question.client_address},
                  {"from", facts_.question.sender},
                  {"to", facts_.question.recipient},
                  {"text", verdict.text}});
      return Go::kOn;
    case Kind::kDiscard:
    case Kind::kHold:
    case Kind::kBcc:
    case Kind::kRedirect:
    case Kind::kFilter:
    case Kind::kRestrictions:
      break;
  }
  log::Error("policy_action_not_supported",
             {{"session", facts_.question.session},
              {"action", policy::VerdictWord(verdict.kind)},
              {"text", verdict.text}});
  return Refuse({451, "4.3.5", "Server configuration error"},
                Reason::kUnsupported, /*warn_if_reject=*/false);
}

Decision Evaluation::Finish() {
  if (decision_.refusal) return std::move(decision_);
  if (facts_.recipient_class == AddressClass::kUnknownMailbox) {
    Refuse({550, "5.1.1",
            absl::StrCat("<", facts_.question.recipient,
                         ">: Recipient address rejected: User unknown")},
           Reason::kUnknownRecipient, /*warn_if_reject=*/false);
  } else if (defer_if_permit_) {
    decision_.refusal = std::move(defer_if_permit_);
    decision_.reason = Reason::kPolicyService;
  }
  return std::move(decision_);
}

}  // namespace postern::mta::restrictions
