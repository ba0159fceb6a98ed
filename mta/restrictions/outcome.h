// What one rule says, and the words for saying it.
//
//   return Outcome::Refuse(Rejected(504, "5.5.2", HeloSubject(facts),
//                                   "need fully-qualified hostname"),
//                          Reason::kHelo);
//
// Source:  smtpd(8): "<name>: Helo command rejected: text".
// Threads: values; pure.

#ifndef POSTERN_MTA_RESTRICTIONS_OUTCOME_H_
#define POSTERN_MTA_RESTRICTIONS_OUTCOME_H_

#include <string>

#include "absl/strings/string_view.h"
#include "lib/policy/reply.h"
#include "mta/restrictions/decision.h"
#include "mta/restrictions/facts.h"
#include "mta/smtp/reply.h"

namespace postern::mta::restrictions {

// What is being judged, as replies name it.
struct Subject {
  std::string name;        // "a@example.org".
  absl::string_view what;  // "Sender address".
};
Subject ClientSubject(const Facts& facts);  // "name[address]".
Subject ReverseClientSubject(const Facts& facts);
Subject HeloSubject(const Facts& facts);
Subject SenderSubject(const Facts& facts);
Subject RecipientSubject(const Facts& facts);
Subject DataSubject();
Subject EndOfDataSubject();

// Returns "<name>: what rejected: text". The first digit of `status` follows
// the code's.
smtp::Reply Rejected(int code, absl::string_view status, const Subject& subject,
                     absl::string_view text);

struct Outcome {
  enum class Kind {
    kDunno,          // No opinion: the next rule.
    kPermit,         // The rest of the list does not matter.
    kRefuse,         // With `reply`.
    kDeferIfPermit,  // `reply`, should everything else permit.
    kAction,         // What an access table or a policy service wants.
  };

  Kind kind = Kind::kDunno;
  smtp::Reply reply;
  Reason reason = Reason::kNone;
  // We could not do our job: warn_if_reject does not help.
  bool is_our_fault = false;
  policy::Verdict action;  // With kAction, about `subject`.
  Subject subject;

  static Outcome Dunno() { return {}; }
  static Outcome Permit() { return {.kind = Kind::kPermit}; }
  static Outcome Refuse(smtp::Reply reply, Reason reason);
  static Outcome DeferIfPermit(smtp::Reply reply, Reason reason);
  static Outcome Act(policy::Verdict action, Subject subject, Reason reason);
  // A table cannot be asked: 451 4.3.0.
  static Outcome CannotLookUp(const Subject& subject);
  // The configuration makes no sense: 451 4.3.5.
  static Outcome Misconfigured();
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_OUTCOME_H_
