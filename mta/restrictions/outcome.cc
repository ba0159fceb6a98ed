#include "mta/restrictions/outcome.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace postern::mta::restrictions {

Subject ClientSubject(const Facts& facts) {
  return {absl::StrCat(facts.question.client_name, "[",
                       facts.question.client_address, "]"),
          "Client host"};
}

Subject ReverseClientSubject(const Facts& facts) {
  return {std::string(facts.question.reverse_client_name),
          "Unverified Client host"};
}

Subject HeloSubject(const Facts& facts) {
  return {std::string(facts.question.helo_name), "Helo command"};
}

Subject SenderSubject(const Facts& facts) {
  return {std::string(facts.question.sender), "Sender address"};
}

Subject RecipientSubject(const Facts& facts) {
  return {std::string(facts.question.recipient), "Recipient address"};
}

Subject DataSubject() { return {"DATA", "Data command"}; }

Subject EndOfDataSubject() { return {"END-OF-MESSAGE", "End-of-data"}; }

smtp::Reply Rejected(int code, absl::string_view status, const Subject& subject,
                     absl::string_view text) {
  smtp::Reply reply{code, std::string(status), ""};
  if (!reply.status.empty()) {
    reply.status[0] = static_cast<char>('0' + reply.kind());
  }
  reply.text =
      absl::StrCat("<", subject.name, ">: ", subject.what, " rejected: ", text);
  return reply;
}

Outcome Outcome::Refuse(smtp::Reply reply, Reason reason) {
  return {.kind = Kind::kRefuse, .reply = std::move(reply), .reason = reason};
}

Outcome Outcome::DeferIfPermit(smtp::Reply reply, Reason reason) {
  return {.kind = Kind::kDeferIfPermit,
          .reply = std::move(reply),
          .reason = reason};
}

Outcome Outcome::Act(policy::Verdict action, Subject subject, Reason reason) {
  return {.kind = Kind::kAction,
          .reason = reason,
          .action = std::move(action),
          .subject = std::move(subject)};
}

Outcome Outcome::CannotLookUp(const Subject& subject) {
  Outcome outcome =
      Refuse({451, "4.3.0",
              absl::StrCat("<", subject.name, ">: Temporary lookup failure")},
             Reason::kTemporary);
  outcome.is_our_fault = true;
  return outcome;
}

Outcome Outcome::Misconfigured() {
  Outcome outcome = Refuse({451, "4.3.5", "Server configuration error"},
                           Reason::kUnsupported);
  outcome.is_our_fault = true;
  return outcome;
}

}  // namespace postern::mta::restrictions
